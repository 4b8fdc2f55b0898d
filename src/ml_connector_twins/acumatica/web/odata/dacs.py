"""What OData reads: the data access classes this twin serves, as rows of the books (``acumatica_api.md`` 9).

Foreign keys are integers and enumerations are stored codes here, unlike in the contract. Read only; makes nothing up
that the books do not hold.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ml_connector_twins.acumatica.payables.orders import (
    BASIS,
    BILLED_AMOUNT,
    BILLED_QTY,
    CLOSED,
    ORDER_TYPES,
    RECEIVED_QTY,
    SUBCONTRACT_CODE,
    UNBILLED_AMOUNT,
    UNBILLED_QTY,
)
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value

Record = dict[str, Value]
SEGMENTS = ((1, "Company", 2), (2, "Department", 3), (3, "Reserve", 2))
"""Segments of SUBACCOUNT: number, description, length (``scenarios.md`` fixture: 2-3-2)."""

_FIRST_BRANCH, _FIRST_COMPANY, _FIRST_VENDOR = 16, 2, 7000


@dataclass(frozen=True, slots=True)
class Dac:
    """One data access class: its full name, key fields, Edm types, and how its rows are read; ``entity`` is the
    contract entity whose deletions it tells of."""

    name: str
    keys: tuple[str, ...]
    fields: Mapping[str, str]
    rows: Callable[[Books], Iterator[Record]]
    entity: str = ""

    @property
    def entity_set(self) -> str:
        """``PX_Objects_CS_SegmentValue``."""
        return self.name.replace(".", "_")

    @property
    def short(self) -> str:
        """``SegmentValue``: works in a URL as well."""
        return self.name.rpartition(".")[2]


def _note(books: Books, *parts: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, (books.tenant, *parts)))))


def _companies(books: Books) -> dict[str, int]:
    names = dict.fromkeys(branch.company for branch in books.branches.values())
    return {name: number for number, name in enumerate(names, start=_FIRST_COMPANY)}


def _organizations(books: Books) -> Iterator[Record]:
    names = {branch.company: branch.company_name for branch in books.branches.values()}
    for code, number in _companies(books).items():
        yield {
            "OrganizationID": number,
            "OrganizationCD": code,
            "OrganizationName": names[code],
            "OrganizationType": "Balancing" if code == books.branches[books.default_branch].company else "NotBalancing",
            "Active": True,
            "BaseCuryID": books.base_currency,
            "NoteID": _note(books, "Organization", code),
        }


def _branches(books: Books) -> Iterator[Record]:
    companies = _companies(books)
    for number, branch in enumerate(books.branches.values(), start=_FIRST_BRANCH):
        yield {
            "BranchID": number,
            "BranchCD": branch.code,
            "AcctName": branch.name,
            "OrganizationID": companies[branch.company],
            "Active": branch.active,
            "BaseCuryID": books.base_currency,
            "CountryID": "US",
            "NoteID": _note(books, "Branch", branch.code),
        }


def _segments(_books: Books) -> Iterator[Record]:
    for number, told, length in SEGMENTS:
        yield {
            "DimensionID": "SUBACCOUNT",
            "SegmentID": number,
            "Descr": told,
            "Length": length,
            "EditMask": "?",
            "Separator": "-",
            "Validate": False,
        }


def _segment_values(books: Books) -> Iterator[Record]:
    """The parts of the subaccounts there are; inactive where every subaccount with it is."""
    found: dict[tuple[int, str], bool] = {}
    for sub in books.table("Subaccount"):
        start, code = 0, sub.text("SubaccountCD")
        for number, _told, length in SEGMENTS:
            key = (number, code[start : start + length])
            found[key] = found.get(key, False) or sub.flag("Active")
            start += length
    for (number, value), active in sorted(found.items()):
        yield {
            "DimensionID": "SUBACCOUNT",
            "SegmentID": number,
            "Value": value,
            "Descr": f"{SEGMENTS[number - 1][1]} {value}",
            "Active": active,
        }


def _terms(books: Books) -> Iterator[Record]:
    for terms in sorted(books.terms.values(), key=lambda each: each.code):
        yield {
            "TermsID": terms.code,
            "Descr": terms.description,
            "VisibleTo": "AL",
            "DueType": "N",
            "DayDue00": terms.due_days,
            "DiscType": "N",
            "DayDisc": terms.discount_days,
            "DiscPercent": terms.discount_percent,
            "InstallmentType": "S",
            "InstallmentCntr": 0,
            "NoteID": _note(books, "Terms", terms.code),
        }


def _subs(books: Books) -> Iterator[Record]:
    for sub in books.table("Subaccount"):
        yield {
            "SubID": sub.number("SubaccountID"),
            "SubCD": sub.text("SubaccountCD"),
            "Active": sub.flag("Active"),
            "Description": sub.text("Description"),
            "NoteID": sub.id,
        }


def _vendor_numbers(books: Books) -> dict[str, int]:
    return {row.text("VendorID"): number for number, row in enumerate(books.table("Vendor"), start=_FIRST_VENDOR)}


def _vendors(books: Books) -> Iterator[Record]:
    numbers = _vendor_numbers(books)
    for row in books.table("Vendor"):
        yield {
            "BAccountID": numbers[row.text("VendorID")],
            "AcctCD": row.text("VendorID"),
            "AcctName": row.text("VendorName"),
            "VStatus": row.text("Status")[:1],
            "TermsID": row.text("Terms"),
            "NoteID": row.id,
            "LastModifiedDateTime": row.fields.get("LastModifiedDateTime"),
        }


def _order_lines(books: Books) -> Iterator[Record]:
    numbers = _vendor_numbers(books)
    for order in books.table("PurchaseOrder"):
        for line in order.rows("Details"):
            code = ORDER_TYPES.get(order.text("Type"), order.text("Type"))
            yield _order_line(order, line, code, order.text("OrderNbr"), vendors=numbers)
    for order in books.table("Subcontract"):
        for line in order.rows("Details"):
            yield _order_line(order, line, SUBCONTRACT_CODE, order.text("SubcontractNbr"), vendors=numbers)


def _order_line(order: Row, line: Row, kind: str, number: str, *, vendors: Mapping[str, int]) -> Record:
    return {
        "OrderType": kind,
        "OrderNbr": number,
        "LineNbr": line.number("LineNbr"),
        "VendorID": vendors.get(order.text("VendorID")),
        "CuryID": order.text("CurrencyID"),
        "TranDesc": line.text("LineDescription"),
        "UOM": line.text("UOM"),
        "OrderQty": line.amount("OrderQty"),
        "ReceivedQty": line.custom_amount(RECEIVED_QTY),
        "BilledQty": line.custom_amount(BILLED_QTY),
        "UnbilledQty": line.custom_amount(UNBILLED_QTY),
        "CuryUnitCost": line.amount("UnitCost"),
        "CuryExtCost": line.amount("ExtendedCost"),
        "CuryBilledAmt": line.custom_amount(BILLED_AMOUNT),
        "CuryUnbilledAmt": line.custom_amount(UNBILLED_AMOUNT),
        "RetainagePct": line.custom_amount("Transactions.RetainagePct"),
        "POAccrualType": "R" if line.custom.get(BASIS) == "Receipt" else "O",
        "Cancelled": line.flag("Cancelled") or line.flag("Canceled"),
        "Completed": line.flag("Completed"),
        "Closed": line.custom_flag(CLOSED),
        "NoteID": line.id,
        "LastModifiedDateTime": order.fields.get("LastModifiedDateTime"),
    }


def _deleted_only(_books: Books) -> Iterator[Record]:
    return iter(())


_TEXT, _WHOLE, _FLAG, _NUMBER, _GUID, _AT = (
    f"Edm.{kind}" for kind in ("String", "Int32", "Boolean", "Decimal", "Guid", "DateTimeOffset")
)


def _fields(**kinds: str) -> dict[str, str]:
    """Field names of each Edm type, as words."""
    edm = {"text": _TEXT, "whole": _WHOLE, "flag": _FLAG, "number": _NUMBER, "guid": _GUID, "at": _AT}
    return {name: edm[kind] for kind, words in kinds.items() for name in words.split()}


DACS: tuple[Dac, ...] = (
    Dac(
        "PX.Objects.GL.DAC.Organization",
        ("OrganizationCD",),
        _fields(
            whole="OrganizationID",
            text="OrganizationCD OrganizationName OrganizationType BaseCuryID",
            flag="Active",
            guid="NoteID",
        ),
        _organizations,
    ),
    Dac(
        "PX.Objects.GL.Branch",
        ("BranchCD",),
        _fields(
            whole="BranchID OrganizationID", text="BranchCD AcctName BaseCuryID CountryID", flag="Active", guid="NoteID"
        ),
        _branches,
    ),
    Dac(
        "PX.Objects.GL.Sub",
        ("SubCD",),
        _fields(whole="SubID", text="SubCD Description", flag="Active", guid="NoteID"),
        _subs,
        "Subaccount",
    ),
    Dac(
        "PX.Objects.CS.Segment",
        ("DimensionID", "SegmentID"),
        _fields(text="DimensionID Descr EditMask Separator", whole="SegmentID Length", flag="Validate"),
        _segments,
    ),
    Dac(
        "PX.Objects.CS.SegmentValue",
        ("DimensionID", "SegmentID", "Value"),
        _fields(text="DimensionID Value Descr", whole="SegmentID", flag="Active"),
        _segment_values,
    ),
    Dac(
        "PX.Objects.CS.Terms",
        ("TermsID",),
        _fields(
            text="TermsID Descr VisibleTo DueType DiscType InstallmentType",
            whole="DayDue00 DayDisc InstallmentCntr",
            number="DiscPercent",
            guid="NoteID",
        ),
        _terms,
    ),
    Dac(
        "PX.Objects.AP.Vendor",
        ("AcctCD",),
        _fields(whole="BAccountID", text="AcctCD AcctName VStatus TermsID", guid="NoteID", at="LastModifiedDateTime"),
        _vendors,
        "Vendor",
    ),
    Dac(
        "PX.Objects.PO.POLine",
        ("OrderType", "OrderNbr", "LineNbr"),
        _fields(
            text="OrderType OrderNbr CuryID TranDesc UOM POAccrualType",
            whole="LineNbr VendorID",
            number="OrderQty ReceivedQty BilledQty UnbilledQty CuryUnitCost CuryExtCost CuryBilledAmt CuryUnbilledAmt"
            " RetainagePct",
            flag="Cancelled Completed Closed",
            guid="NoteID",
            at="LastModifiedDateTime",
        ),
        _order_lines,
    ),
    *(
        Dac(name, (key,), _fields(text=key, guid="NoteID"), _deleted_only, entity)
        for name, key, entity in (
            ("PX.Objects.AP.APInvoice", "RefNbr", "Bill"),
            ("PX.Objects.PO.POOrder", "OrderNbr", "PurchaseOrder"),
            ("PX.Objects.PM.PMProject", "ContractCD", "Project"),
            ("PX.Objects.PM.PMTask", "TaskCD", "ProjectTask"),
            ("PX.Objects.PM.PMCostCode", "CostCodeCD", "CostCode"),
            ("PX.Objects.GL.Account", "AccountCD", "Account"),
        )
    ),
)
"""Every served class; the last six tell of deletions alone."""


def dac_named(name: str) -> Dac | None:
    """The class of an entity set, by its full or its short name."""
    return next((dac for dac in DACS if name in (dac.entity_set, dac.short)), None)


def number_text(value: Value) -> Value:
    """Decimals as OData shows them: six digits behind the point."""
    return value.quantize(Decimal("0.000001")) if isinstance(value, Decimal) else value
