"""The data classes we read: their names, keys and fields, and their rows made like the contract's (pure).

Values come unwrapped here; they are wrapped, so that ``values`` reads both alike. Foreign keys are integers and
enumerations stored codes, unlike in the contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector.acumatica import values
from ml_connector.acumatica.values import Row


@dataclass(frozen=True, slots=True)
class Dac:
    """One data class: its full name, key fields, and the fields we need beside them; ``shown`` names its records to a
    person."""

    name: str
    keys: tuple[str, ...]
    fields: tuple[str, ...]
    shown: str

    @property
    def set_names(self) -> tuple[str, str]:
        """What a URL may call it: the full name first, which is no other's, since short ones collide."""
        return self.name.replace(".", "_"), self.name.rpartition(".")[2]

    @property
    def columns(self) -> tuple[str, ...]:
        """All fields we ask for."""
        return (*self.keys, *self.fields)


TERMS = Dac("PX.Objects.CS.Terms", ("TermsID",), ("Descr", "VisibleTo"), "Payment terms")
SEGMENT = Dac("PX.Objects.CS.Segment", ("DimensionID", "SegmentID"), ("Descr", "Length"), "Segments")
SEGMENT_VALUE = Dac(
    "PX.Objects.CS.SegmentValue", ("DimensionID", "SegmentID", "Value"), ("Descr", "Active"), "Segment values"
)
BRANCH = Dac("PX.Objects.GL.Branch", ("BranchCD",), ("AcctName", "OrganizationID", "Active", "BaseCuryID"), "Branches")
ORGANIZATION = Dac("PX.Objects.GL.DAC.Organization", ("OrganizationCD",), ("OrganizationID",), "Companies")
SUBACCOUNT = Dac("PX.Objects.GL.Sub", ("SubCD",), ("Active", "Description", "NoteID"), "Subaccounts")
VENDOR = Dac("PX.Objects.AP.Vendor", ("AcctCD",), ("BAccountID", "DefLocationID"), "Vendors' locations")
LOCATION = Dac(
    "PX.Objects.CR.Location",
    ("LocationID",),
    ("BAccountID", "LocationCD", "Descr", "IsActive", "VTaxZoneID", "DefAddressID"),
    "Vendors' locations",
)
ADDRESS = Dac(
    "PX.Objects.CR.Address",
    ("AddressID",),
    ("AddressLine1", "AddressLine2", "City", "State", "PostalCode", "CountryID"),
    "Addresses of locations",
)
ORDER_LINE = Dac(
    "PX.Objects.PO.POLine",
    ("OrderType", "OrderNbr", "LineNbr"),
    ("ReceivedQty", "BilledQty", "CuryBilledAmt", "UnbilledQty", "CuryUnbilledAmt", "Closed", "POAccrualType"),
    "Billed figures of order lines",
)
CLASSES = (TERMS, SEGMENT, SEGMENT_VALUE, BRANCH, ORGANIZATION, SUBACCOUNT, VENDOR, LOCATION, ADDRESS, ORDER_LINE)
"""Every class we may ask for."""


def parse_rows(answer: object, dac: Dac) -> list[Row]:
    """The rows of one page, each field wrapped; one whose key is missing makes the answer unreadable."""
    return [_wrap(row, dac) for row in values.parse_rows(_page(answer).get("value"))]


def parse_next_link(answer: object) -> str | None:
    """Where the rows go on, None at the end."""
    link = _page(answer).get("@odata.nextLink")
    if link is None:
        return None
    if not isinstance(link, str) or not link:
        raise values.unreadable("a link to the next rows is no text")
    return link


def shows(answer: object, dac: Dac) -> bool:
    """Whether an answer holds rows of that class, with every field we need; no rows at all speak for it."""
    listed = answer.get("value") if isinstance(answer, dict) else None
    return isinstance(listed, list) and all(isinstance(row, dict) and set(dac.columns) <= set(row) for row in listed)


def key_of(row: Row, dac: Dac) -> tuple[str, ...]:
    """The row's key."""
    return tuple(values.required_text(row, name) for name in dac.keys)


def _page(answer: object) -> Mapping[str, object]:
    if not isinstance(answer, dict):
        raise values.unreadable("an OData answer was expected")
    return answer


def _wrap(row: Row, dac: Dac) -> Row:
    wrapped: Row = {name: {"value": row.get(name)} for name in dac.columns}
    key_of(wrapped, dac)
    return wrapped
