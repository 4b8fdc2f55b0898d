"""The mark of a bill in an attribute of its form, where the administrator added one (``posting_protocol.md 1``).

Inside the house a bill's description begins with its mark, wherever the mark lies in Acumatica: on the way out it is
moved from the description into the attribute, on the way in it is put before the description again. A bill that was
made before the attribute was named keeps its mark in the description, and is found there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from ml_connector.acumatica import filters
from ml_connector.acumatica.values import Row, decode_json, wrap
from ml_connector.acumatica.wire.client import ApiClient, Decode, Write
from ml_connector.acumatica.wire.outcomes import Accepted, Executed, Finished
from ml_connector.acumatica.wire.transport import Call
from ml_connector.domain.keys import mark_in
from ml_connector.errors import ConfigurationError

_ENTITY, _VIEW = "Bill", "Document"
_SCHEMA = f"{_ENTITY}/$adHocSchema"
_CUSTOM, _SELECT = "$custom=", "$select="


class MarkingClient(ApiClient):
    """A client that keeps the mark of each bill in the attribute ``attribute``; everything else passes as it is."""

    attribute: str = ""

    def read(self, path: str, query: str = "", decode: Decode = decode_json) -> object:
        """As the client reads; bills come with their mark before the description. The schema must have the attribute:
        ConfigurationError ``acumatica.no_mark_attribute``."""
        if path == _SCHEMA:
            schema = super().read(path, query, decode)
            self._require_attribute(schema)
            return schema
        if path.partition("/")[0] != _ENTITY:
            return super().read(path, query, decode)
        answer = super().read(path, asking_for_mark(query, self.attribute))
        if isinstance(answer, list):
            return [with_mark(row, self.attribute) for row in answer]
        return with_mark(answer, self.attribute)

    def write(self, write: Write) -> Executed | Finished | Accepted:
        """As the client writes; the record of an answer comes with its mark before the description."""
        answered = super().write(write)
        if write.path == _ENTITY and isinstance(answered, Executed):
            record = with_mark(answered.record, self.attribute)
            return replace(answered, record=record) if isinstance(record, Mapping) else answered
        return answered

    def _write_call(self, write: Write) -> Call:
        if write.path == _ENTITY and isinstance(write.body, Mapping):
            body = with_attribute(write.body, self.attribute)
            write = replace(write, body=body, query=asking_for_mark(write.query, self.attribute))
        return super()._write_call(write)

    def _require_attribute(self, schema: object) -> None:
        custom = schema.get("custom") if isinstance(schema, Mapping) else None
        view = custom.get(_VIEW) if isinstance(custom, Mapping) else None
        # A skeleton without any field of the form says nothing of this one.
        if isinstance(view, Mapping) and f"Attribute{self.attribute}" not in view:
            raise ConfigurationError(
                f"The form Bills and Adjustments (AP301000) has no attribute {self.attribute}; nothing is posted.",
                fix="Add the attribute to the form in Acumatica, or take acumatica.mark_attribute out of the settings: "
                "the mark is kept in the description then.",
                stage="endpoint_version",
                code="acumatica.no_mark_attribute",
            )


def holds_mark(attribute: str, mark: str) -> str:
    """The filter clause for bills that have the mark in that attribute (``acumatica_api.md 4.2``)."""
    return f"cf.String(f='{_VIEW}.Attribute{attribute}') eq {filters.quote_text(mark)}"


def asking_for_mark(query: str, attribute: str) -> str:
    """The query with the attribute asked for (``$custom``, 4.1). A row that was to be lean comes whole: whether one
    that names its fields still shows a form's own is not documented."""
    parts = [part for part in query.split("&") if part and not part.startswith(_SELECT)]
    others = [part.removeprefix(_CUSTOM) for part in parts if part.startswith(_CUSTOM)]
    custom = quote(",", safe="").join([*others, quote(f"{_VIEW}.Attribute{attribute}", safe="")])
    return "&".join([*(part for part in parts if not part.startswith(_CUSTOM)), _CUSTOM + custom])


def with_attribute(body: Row, attribute: str) -> Row:
    """The body with the mark of its description in the attribute instead; one without a mark stays as it is."""
    described = body.get("Description")
    text = described.get("value") if isinstance(described, Mapping) else None
    mark = mark_in(text) if isinstance(text, str) else None
    if mark is None or not isinstance(text, str):
        return body
    rest = text.strip().removeprefix(mark).strip()
    field = {"type": "CustomStringField", "value": mark}
    kept = {name: value for name, value in body.items() if name != "Description"}
    return {
        **kept,
        **({"Description": wrap(rest)} if rest else {}),
        "custom": {_VIEW: {f"Attribute{attribute}": field}},
    }


def with_mark(row: object, attribute: str) -> object:
    """A record with the mark of its attribute before its description, where it is not there already."""
    custom = row.get("custom") if isinstance(row, Mapping) else None
    view = custom.get(_VIEW) if isinstance(custom, Mapping) else None
    field = view.get(f"Attribute{attribute}") if isinstance(view, Mapping) else None
    mark = field.get("value") if isinstance(field, Mapping) else None
    if not isinstance(row, Mapping) or not isinstance(mark, str) or mark_in(mark) != mark.strip():
        return row
    described = row.get("Description")
    text = described.get("value") if isinstance(described, Mapping) else None
    told = text if isinstance(text, str) else ""
    whole = told if mark_in(told) == mark.strip() else f"{mark.strip()} {told}".strip()
    return {**row, "Description": {"value": whole}}
