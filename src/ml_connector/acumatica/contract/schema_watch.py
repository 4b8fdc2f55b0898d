"""Does the instance's own schema still have the fields a bill is sent with, and did it make others mandatory?

Acumatica ignores a field it does not know without a word (``acumatica_api.md 5.1``), and the fields of one version are
not frozen (6): an upgrade or a customisation can take one away or rename it (``fault_catalogue.md 64``). The schema is
asked once before the first write and again after a refusal. It judges no value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ml_connector.acumatica.contract import SYSTEM_FIELDS, Contract
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.acumatica.wire.refusals import ForbiddenError
from ml_connector.errors import ConfigurationError, FieldFault, RejectedError, TransientError

# Members that show a skeleton to be one: every version of the contract has them.
_HEADER_SIGNS = frozenset({"ReferenceNbr", "VendorRef", "Vendor"})
_ROW_SIGNS = frozenset({"Account", "ExtendedCost", "Qty"})
_ROWS = "Details"
_EMPTY = re.compile(r"cannot be empty|may not be empty|is (now )?required|must be (given|filled)", re.IGNORECASE)
_ROW_PATH = re.compile(r"Details\[(\d+)\]\.(\w+)")
# What every bill is sent with.
_ALWAYS: dict[str, Any] = {
    **dict.fromkeys(("Type", "Vendor", "VendorRef", "Date", "Hold", "Amount", "Description")),
    _ROWS: [dict.fromkeys(("ExtendedCost", "TransactionDescription"))],
}


class SchemaWatch:
    """The fields of a bill as the instance itself tells them (``$adHocSchema``, 1)."""

    def __init__(self, client: ApiClient, contract: Contract) -> None:
        self._client = client
        self._contract = contract
        self._skeleton: Row | None = None

    def look_once(self) -> None:
        """Read the schema unless it is known; one that cannot be read or is no skeleton says nothing."""
        if self._skeleton is None:
            self.look()

    def look(self) -> None:
        """Read the schema anew."""
        try:
            answer = self._client.read("Bill/$adHocSchema")
        except (TransientError, ForbiddenError):
            answer = None
        self._skeleton = answer if isinstance(answer, dict) else {}

    def require_usual(self) -> None:
        """The fields every bill is sent with are there; see ``require``."""
        self.require(_ALWAYS)

    def require(self, body: Row) -> None:
        """Every field of a body that will be sent is in the schema, where the schema is known.

        Raises ConfigurationError ``acumatica.contract_changed`` that names those that are gone.
        """
        gone = sorted(set(_missing(body, self._skeleton or {})))
        if gone:
            raise ConfigurationError(
                f"Acumatica changed: endpoint {self._contract.endpoint}/{self._contract.version} of this instance has "
                f"no field {', '.join(gone)} any more.",
                fix="Ask the Acumatica administrator what the upgrade or customisation renamed; pin an endpoint "
                "version that has the field, then run connection check.",
                stage="endpoint_version",
                code="acumatica.contract_changed",
            )

    def explain(self, body: Row, error: RejectedError) -> RejectedError:
        """A refusal of that body, its faults told as changes where a field that was never sent must not be empty.

        Raises ConfigurationError where the schema has lost a field of the body since it was looked at.
        """
        self.look()
        self.require(body)
        faults = tuple(_as_change(body, fault) for fault in error.faults)
        if faults == error.faults:
            return error
        told = "; ".join(after.message for after, before in zip(faults, error.faults, strict=True) if after != before)
        return RejectedError(told, fix=error.fix, stage=error.stage, code=error.code, faults=faults, raw=error.raw)


def _missing(body: Row, skeleton: Row) -> Iterator[str]:
    if not skeleton.keys() & _HEADER_SIGNS:
        return
    # Whether a skeleton shows collections at all is not said (1): only the fields of a row that is shown are judged.
    fields = (name for name, value in body.items() if not isinstance(value, list) and name not in SYSTEM_FIELDS)
    yield from (f"Bill.{name}" for name in fields if name not in skeleton)
    shown, sent = skeleton.get(_ROWS), body.get(_ROWS)
    row = shown[0] if isinstance(shown, list) and shown else None
    if not isinstance(row, Mapping) or not row.keys() & _ROW_SIGNS or not isinstance(sent, list):
        return
    for each in sent:
        yield from (f"BillDetail.{name}" for name in each if name not in row and name not in SYSTEM_FIELDS)


def _as_change(body: Row, fault: FieldFault) -> FieldFault:
    if not _EMPTY.search(fault.message) or not fault.path:
        return fault
    place = _ROW_PATH.fullmatch(fault.path)
    name, holder = fault.path, body
    if place is not None:
        rows = body.get(_ROWS)
        position = int(place[1]) - 1
        holder = rows[position] if isinstance(rows, list) and position < len(rows) else {}
        name = place[2]
    if name in holder:
        return fault
    return FieldFault(fault.path, f"Acumatica changed: field {name} is now required ({fault.message})", mandatory=True)
