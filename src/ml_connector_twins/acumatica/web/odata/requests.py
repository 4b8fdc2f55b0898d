"""Requests to the two OData interfaces: URLs, sign-in, options, answers (``acumatica_api.md`` 1, 9).

``/t/{Tenant}/api/odata/dac|gi/…`` and the legacy ``/odatav4/{Tenant}/…`` and ``/odata/{Tenant}/…``. There is no
``@odata.nextLink``: who asks for no ``$top`` gets every row.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import fold
from ml_connector_twins.acumatica.records.values import Value, render_instant
from ml_connector_twins.acumatica.web.calls import Answer, Call, Refused, exception_answer, json_answer, not_found
from ml_connector_twins.acumatica.web.odata.dacs import DACS, Dac, Record, dac_named, number_text
from ml_connector_twins.acumatica.web.odata.expressions import BadExpression, parse_expression
from ml_connector_twins.acumatica.web.odata.inquiries import INQUIRIES, inquiry_named, inquiry_rows
from ml_connector_twins.acumatica.web.odata.metadata import dac_metadata, inquiry_metadata
from ml_connector_twins.acumatica.web.sign_in.identity import session_of
from ml_connector_twins.acumatica.web.sign_in.sessions import NotSignedIn, Sessions

_NEW = re.compile(r"^/t/(?P<tenant>[^/]+)/api/odata/(?P<kind>dac|gi)(?:/(?P<rest>.*))?$", re.IGNORECASE)
_OLD = re.compile(r"^/(?P<kind>odatav4|odata)/(?P<tenant>[^/]+)(?:/(?P<rest>.*))?$", re.IGNORECASE)
_KEYED = re.compile(r"^(?P<name>\w+)\((?P<keys>[^)]*)\)$")
_KEY = re.compile(r"(\w+)=(?:'((?:[^']|'')*)'|(\d+))")
_DELETED = "px.GetDeletedRecords()"


def is_odata(path: str) -> bool:
    """True where the URL is one of the two interfaces."""
    return _NEW.match(path) is not None or _OLD.match(path) is not None


def answer_odata(site: Site, sessions: Sessions, call: Call, root: str) -> Answer:
    """The answer to one read; ``root`` is the absolute instance URL."""
    match = _NEW.match(call.path) or _OLD.match(call.path)
    if match is None or call.method != "GET":
        raise not_found(call.path)
    tenant = next((name for name in site.books if name.casefold() == match["tenant"].casefold()), "")
    _sign_in(site, sessions, call, tenant)
    kind = "gi" if match["kind"].lower() in ("gi", "odata") else "dac"
    base = f"{root}/t/{tenant}/api/odata/{kind}"
    rest = match["rest"] or ""
    if kind == "gi":
        return _inquiry(site, site.books[tenant], call, rest, base=base)
    if site.switches.at("odata_dac") != "yes":
        absent = site.switches.at("odata_dac") == "no"
        raise not_found("odata") if absent else Refused(exception_answer("Access denied.", status=403))
    return _dac(site.books[tenant], call, rest, base=base)


def _sign_in(site: Site, sessions: Sessions, call: Call, tenant: str) -> None:
    """Bearer, or Basic, which counts as a user of the UI and takes no API seat; the tenant must be the token's own."""
    scheme, _, text = call.header("authorization").partition(" ")
    if not tenant:
        raise NotSignedIn
    if scheme.lower() != "basic":
        if session_of(sessions, call).tenant != tenant:
            raise NotSignedIn
        return
    try:
        name, _, password = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError) as fault:
        raise NotSignedIn from fault
    if sessions.door.refusal(name, password):
        raise NotSignedIn


def _inquiry(site: Site, books: Books, call: Call, rest: str, *, base: str) -> Answer:
    exposed = [inquiry for inquiry in INQUIRIES if inquiry.title in site.switches.words("gi_exposed")]
    if not rest:
        return _service(base, [inquiry.title for inquiry in exposed])
    if rest == "$metadata":
        return inquiry_metadata(exposed)
    found = inquiry_named(rest)
    if found is None or found[0] not in exposed:
        raise not_found(rest)
    inquiry, given = found
    rows = inquiry_rows(books, inquiry, given)
    return _answer(rows, inquiry.fields, call.options, f"{base}/$metadata#{inquiry.title.replace(' ', '%20')}")


def _dac(books: Books, call: Call, rest: str, *, base: str) -> Answer:
    if not rest:
        return _service(base, [dac.entity_set for dac in DACS])
    if rest == "$metadata":
        return dac_metadata()
    name, _, tail = rest.partition("/")
    if tail == _DELETED:
        return _deleted(books, call, _known(name), base=base)
    keyed = _KEYED.match(rest)
    dac = _known(keyed["name"] if keyed else rest)
    context = f"{base}/$metadata#{dac.entity_set}"
    if keyed:
        return _one(books, dac, keyed["keys"], call, context=context)
    rows = sorted(dac.rows(books), key=lambda row: tuple(_rank(row[key]) for key in dac.keys))
    return _answer(rows, dac.fields, call.options, context)


def _known(name: str) -> Dac:
    dac = dac_named(name)
    if dac is None:
        raise not_found(name)
    return dac


def _service(base: str, names: list[str]) -> Answer:
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
    return json_answer({"@odata.context": f"{base}/$metadata", "value": sets})


def _one(books: Books, dac: Dac, text: str, call: Call, *, context: str) -> Answer:
    wanted = {name: text or number for name, text, number in _KEY.findall(text)}
    for row in dac.rows(books):
        if set(wanted) == set(dac.keys) and all(fold(str(row[key])) == fold(wanted[key]) for key in dac.keys):
            return json_answer(
                {"@odata.context": f"{context}/$entity", **_shown(row, _chosen(call.options, dac.fields))}
            )
    raise not_found(dac.short)


def _deleted(books: Books, call: Call, dac: Dac, *, base: str) -> Answer:
    """``px.GetDeletedRecords()``: NoteID and time of what went since tracking began (SM207010)."""
    if dac.short not in books.switches.words("deletions_tracked"):
        raise _refusal(f"The deletion of {dac.short} records is not tracked.")
    rows: list[Record] = [
        {"RefNoteID": row_id, "DeleteDate": at} for row_id, at in books.table(dac.entity).removed if dac.entity
    ]
    fields = {"RefNoteID": "Edm.Guid", "DeleteDate": "Edm.DateTimeOffset"}
    return _answer(rows, fields, call.options, f"{base}/$metadata#Collection(PX.DeletedRecordResult)")


def _answer(rows: list[Record], fields: Mapping[str, str], options: dict[str, str], context: str) -> Answer:
    chosen = _chosen(options, fields)
    if options.get("$filter"):
        try:
            holds = parse_expression(options["$filter"], fields)
            rows = [row for row in rows if holds(row)]
        except BadExpression as fault:
            raise _refusal(str(fault)) from fault
    for part in reversed([part.strip() for part in options.get("$orderby", "").split(",") if part.strip()]):
        name, _, direction = part.partition(" ")
        if name not in fields:
            raise _refusal(f"Could not find a property named '{name}'.")
        rows = sorted(rows, key=lambda row: _rank(row[name]), reverse=direction.strip().lower() == "desc")
    if "$apply" in options:
        raise _refusal("The query parameter '$apply' is not supported.")
    content: dict[str, Any] = {"@odata.context": context}
    if options.get("$count") == "true":
        content["@odata.count"] = len(rows)
    skip, top = _count(options, "$skip") or 0, _count(options, "$top")
    rows = rows[skip:] if top is None else rows[skip : skip + top]
    return json_answer({**content, "value": [_shown(row, chosen) for row in rows]})


def _chosen(options: Mapping[str, str], fields: Mapping[str, str]) -> list[str]:
    names = [name.strip() for name in options.get("$select", "").split(",") if name.strip()]
    unknown = [name for name in names if name not in fields]
    if unknown:
        raise _refusal(f"Could not find a property named '{unknown[0]}'.")
    return names or list(fields)


def _count(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise _refusal(f"Invalid value '{text}' for {name} query option found.")
    return int(text)


def _refusal(message: str) -> Refused:
    return Refused(json_answer({"error": {"code": "", "message": message}}, status=400))


def _rank(value: Value) -> tuple[int, Any]:
    """A sortable form; nothing comes first."""
    if value is None:
        return (0, 0)
    return (1, fold(value)) if isinstance(value, str) else (1, value)


def _shown(row: Record, names: list[str]) -> dict[str, Any]:
    return {name: _scalar(row.get(name)) for name in names}


def _scalar(value: Value) -> Any:
    if isinstance(value, datetime):
        return render_instant(value).replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else number_text(value)
