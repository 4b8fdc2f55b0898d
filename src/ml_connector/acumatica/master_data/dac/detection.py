"""Where an instance serves a data class: asked once, in the forms its documents know.

What the answer says for good is a Way; what may pass is raised, so that nobody remembers it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from ml_connector.acumatica.filters import encode_query
from ml_connector.acumatica.master_data.dac.book import Way
from ml_connector.acumatica.master_data.dac.classes import Dac, shows
from ml_connector.acumatica.wire import outcomes
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.acumatica.wire.transport import Reply
from ml_connector.errors import TransientError, UncertainError

NOT_SERVED = "this instance does not serve them over OData"
NOT_ALLOWED = "the Acumatica user may not read them over OData"


def detect_way(client: ApiClient, dac: Dac, forms: Iterator[str], headers: Mapping[str, str]) -> Way:
    """The first of the paths below the instance where the class is served, or why there is none.

    Raises TransientError where the instance cannot tell now.
    """
    why = NOT_SERVED
    for path in forms:
        reply = _ask(client, path, {"$top": "1", "$select": ",".join(dac.columns)}, headers)
        selects = reply.status != 400
        if not selects:
            # A field that may not be selected makes the site refuse the whole question.
            reply = _ask(client, path, {"$top": "1"}, headers)
        if reply.status == 200 and shows(outcomes.json_body(reply), dac):
            return Way(path, selects)
        if reply.status in (401, 403):
            # It is there, and not for this user; what another name leads to may be another class.
            return Way(refusal=NOT_ALLOWED)
        if outcomes.is_page(reply) and reply.status < 400:
            why = NOT_ALLOWED
    return Way(refusal=why)


def forms_of(tenant: str, dac: Dac, base: str | None) -> Iterator[str]:
    """The paths a class may be served at (1, 9): by both its names below the known base, below the documented one
    where an earlier class was found nowhere, else below the legacy one too."""
    name = quote(tenant, safe="")
    present, legacy = f"t/{name}/api/odata/dac", f"odatav4/{name}"
    for place in (present, legacy) if base is None else (base or present,):
        for called in dac.set_names:
            yield f"{place}/{called}"


def _ask(client: ApiClient, path: str, options: Mapping[str, str], headers: Mapping[str, str]) -> Reply:
    try:
        reply = client.ask(path, encode_query(options), headers)
    except UncertainError as error:
        raise TransientError(error.message, code=error.code) from error
    if reply.status >= 500:
        raise TransientError("Acumatica's OData does not answer now.", code="acumatica.unavailable")
    return reply
