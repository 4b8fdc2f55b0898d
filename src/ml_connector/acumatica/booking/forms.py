"""A bill as it is sent and as it is read: bodies, rows and keys of the Bill entity (``acumatica_api.md 8``). Pure; what
may be sent is decided elsewhere.
"""

from __future__ import annotations

from ml_connector.acumatica import values
from ml_connector.acumatica.contract import Contract
from ml_connector.acumatica.values import Row, wrap, wrap_all
from ml_connector.domain.values.bill import Bill, BillKey, BillLine, BillPlan, BillTax
from ml_connector.domain.values.money import UNSTATED

_MASK = str.maketrans("", "", "-./ ")


def render_bill(plan: BillPlan, contract: Contract) -> dict[str, object]:
    """The body of 8.7: always on hold, wrapped values, exact numbers, no subaccount with mask characters (8.2)."""
    body = wrap_all(
        {
            "Type": plan.type,
            "Vendor": plan.vendor,
            "VendorRef": plan.vendor_ref,
            "Date": plan.dated_on,
            "PostPeriod": values.render_period(plan.post_period) if plan.post_period else None,
            "DueDate": plan.due_on,
            "Terms": plan.terms,
            # Where nobody states one, Acumatica takes the vendor's.
            "CurrencyID": None if plan.currency == UNSTATED else plan.currency,
            "BranchID": plan.branch,
            "LocationID": plan.location,
            "Hold": True,
            "Amount": plan.amount,
            "Description": plan.description,
        }
    )
    if plan.note is not None:
        body["note"] = wrap(plan.note)
    body["Details"] = [render_line(line, contract) for line in plan.lines]
    return body


def render_line(line: BillLine, contract: Contract) -> dict[str, object]:
    """One row of the body."""
    fields = {
        "TransactionDescription": line.description,
        "POOrderType": line.po_type,
        "POOrderNbr": line.po_number,
        "POLine": line.po_line,
        "POReceiptType": line.receipt_type if contract.has_field("BillDetail", "POReceiptType") else None,
        "POReceiptNbr": line.receipt_number,
        "POReceiptLine": line.receipt_line,
        "InventoryID": line.inventory_id,
        "Qty": line.quantity,
        "UOM": line.unit,
        "ExtendedCost": line.amount,
        "Account": line.account,
        "Subaccount": line.subaccount.translate(_MASK) if line.subaccount else None,
        "Branch": line.branch,
        "Project": line.project,
        "ProjectTask": line.task,
        "CostCode": line.cost_code,
        "TaxCategory": line.tax_category,
    }
    return wrap_all(fields)


def parse_bill(row: Row) -> Bill:
    """A bill (AP301000); lines and taxes None where the read did not expand them."""
    lines, taxes = values.details(row, "Details"), values.details(row, "TaxDetails")
    status = values.text(row, "Status") or ""
    hold = values.flag(row, "Hold")
    return Bill(
        key=bill_key(row),
        id=values.record_id(row),
        status=status,
        hold=hold if hold is not None else status == "On Hold",
        vendor=values.text(row, "Vendor") or "",
        vendor_ref=values.text(row, "VendorRef") or "",
        amount=values.amount(row, "Amount"),
        description=values.text(row, "Description") or "",
        dated_on=values.day(row, "Date"),
        post_period=values.parse_period(values.text(row, "PostPeriod")),
        due_on=values.day(row, "DueDate"),
        terms=values.text(row, "Terms"),
        currency=values.text(row, "CurrencyID"),
        branch=values.text(row, "BranchID"),
        balance=values.decimal(row, "Balance"),
        tax_total=values.decimal(row, "TaxTotal"),
        modified_at=values.instant(row, "LastModifiedDateTime"),
        lines=None if lines is None else tuple(parse_bill_line(line) for line in lines),
        taxes=None if taxes is None else tuple(_parse_tax(tax) for tax in taxes),
    )


def parse_bill_line(row: Row) -> BillLine:
    """One row of a bill; the amount is the extended cost, before discounts and tax (8.2)."""
    extended = values.decimal(row, "ExtendedCost")
    return BillLine(
        amount=extended if extended is not None else values.amount(row, "Amount"),
        description=values.text(row, "TransactionDescription"),
        account=values.text(row, "Account"),
        subaccount=values.text(row, "Subaccount"),
        branch=values.text(row, "Branch"),
        project=values.text(row, "Project"),
        task=values.text(row, "ProjectTask"),
        cost_code=values.text(row, "CostCode"),
        inventory_id=values.text(row, "InventoryID"),
        quantity=values.decimal(row, "Qty"),
        unit=values.text(row, "UOM"),
        unit_cost=values.decimal(row, "UnitCost"),
        tax_category=values.text(row, "TaxCategory"),
        po_type=values.text(row, "POOrderType"),
        po_number=values.text(row, "POOrderNbr"),
        po_line=values.whole(row, "POLine"),
        receipt_type=values.text(row, "POReceiptType"),
        receipt_number=values.text(row, "POReceiptNbr"),
        receipt_line=values.whole(row, "POReceiptLine"),
    )


def _parse_tax(row: Row) -> BillTax:
    return BillTax(
        tax_id=values.required_text(row, "TaxID"),
        taxable_amount=values.amount(row, "TaxableAmount"),
        amount=values.amount(row, "TaxAmount"),
    )


def bill_key(row: Row) -> BillKey:
    """Type label and number of a bill's record."""
    return BillKey(values.required_text(row, "Type"), values.required_text(row, "ReferenceNbr"))


def key_fields(key: BillKey) -> dict[str, object]:
    """The key of a bill as a body names it."""
    return {"Type": wrap(key.type), "ReferenceNbr": wrap(key.number)}
