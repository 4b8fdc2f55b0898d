"""Reading by an endpoint of the customer's own that shows more (``extended_endpoint``): reads alone, never a write.

An entity is read there where the endpoint has all that we use of it, else by the pinned endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from ml_connector.acumatica import values
from ml_connector.acumatica.contract import Contract
from ml_connector.acumatica.contract.extension import Fields, added_elements, as_custom, missing_fields, parse_schema
from ml_connector.acumatica.master_data.dac.book import WayBook
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.acumatica.wire.refusals import ForbiddenError, ReadFault
from ml_connector.errors import TransientError

# An upgrade or a new customisation may change it; connection check reads it at once.
_SCHEMA_AGE_MAX = timedelta(hours=24)
_READ = (
    "Vendor",
    "Account",
    "Subaccount",
    "Project",
    "ProjectTask",
    "CostCode",
    "ProjectBudget",
    "TaxCategory",
    "NonStockItem",
    "PurchaseOrder",
    "Subcontract",
    "Ledger",
    "CompanyFinancialPeriod",
    "FinancialPeriod",
)


class ExtendedReads:
    """The reads of one client, sent to the extended endpoint where it has what is asked for."""

    def __init__(self, client: ApiClient, contract: Contract, book: WayBook, *, endpoint: str) -> None:
        self._client = client
        self._contract = contract
        self._book = book
        self._endpoint = endpoint
        self._own: Fields | None = None

    def read(self, path: str, query: str = "", decode: Callable[[bytes], object] = values.decode_json) -> object:
        """A GET below the endpoint that serves the entity; the decoded answer, the endpoint's own fields in it standing
        where ``$custom`` would show them."""
        entity = path.partition("/")[0]
        own = self._schema()
        if missing_fields(self._contract, entity, own):
            return self._client.read(path, query, decode)
        added = added_elements(own)
        place = f"entity/{self._endpoint}/{path}"
        if not added.keys() & {entity, *self._contract.collections_of(entity).values()}:
            return self._client.read_from(place, query, decode)
        # Rows come whole here: a lean one has no room for what the endpoint adds.
        answer = self._client.read_from(place, query)
        if isinstance(answer, list):
            return [self._shown(row, entity, added) for row in values.parse_rows(answer)]
        return self._shown(values.parse_row(answer), entity, added)

    def report(self) -> list[str]:
        """A sentence on what is read by the pinned endpoint in its place, asked of the instance anew."""
        own = self._schema(fresh=True)
        lacking = {entity: missing_fields(self._contract, entity, own) for entity in _READ}
        told = [f"{entity} (no {', '.join(fields[:3])})" for entity, fields in lacking.items() if fields]
        pinned = f", but not {', '.join(told)}" if told else ""
        return [f"Reading goes through endpoint {self._endpoint}{pinned}"]

    def _schema(self, *, fresh: bool = False) -> Fields:
        if self._own is None or fresh:
            kept = None if fresh else self._book.rows(self._endpoint, _SCHEMA_AGE_MAX)
            if kept is None:
                self._own = self._fetch_schema()
            else:
                self._own = {str(row["entity"]): _texts(row["fields"]) for row in kept}
        return self._own

    def _fetch_schema(self) -> Fields:
        """The endpoint's own document; one that cannot be had says that nothing can be read there now."""
        try:
            document = self._client.read_from(f"entity/{self._endpoint}/swagger.json")
            own = parse_schema(document)
        except (ReadFault, ForbiddenError):
            own = {}
        except TransientError:
            return {}
        used = {place for entity in _READ for place in self._contract.entities_below(entity)}
        own = {entity: fields for entity, fields in own.items() if entity in used}
        self._book.keep_rows(self._endpoint, [{"entity": name, "fields": dict(each)} for name, each in own.items()])
        return own

    def _shown(self, row: Row, entity: str, added: Mapping[str, Mapping[str, str]]) -> Row:
        shown = as_custom(row, added[entity]) if entity in added else row
        inner = {
            field: [self._shown(each, kind, added) for each in listed]
            for field, kind in self._contract.collections_of(entity).items()
            if kind in added and (listed := values.details(row, field)) is not None
        }
        return {**shown, **inner} if inner else shown


def _texts(fields: object) -> Mapping[str, str]:
    return {str(name): str(kind) for name, kind in fields.items()} if isinstance(fields, dict) else {}
