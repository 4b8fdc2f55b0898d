"""Actions of a purchase receipt: its release, and the bill the form makes from it (``acumatica_api.md`` 5.4, 7).

So a connector can meet bills it did not create for a reference of its own.
"""

from __future__ import annotations

from ml_connector_twins.acumatica.payables.bills import prepare_bill, store_bill
from ml_connector_twins.acumatica.payables.changes import Change, Circumstances, FormErrors, FormException
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import Value

RECEIPT_RELEASABLE = ("Balanced",)


def release_receipt(books: Books, receipt: Row) -> None:
    """Releases a balanced receipt; with Create Bill on, the bill is made too. Raises FormException."""
    if receipt.text("Status") not in RECEIPT_RELEASABLE:
        raise FormException(f"The document status is {receipt.text('Status')}; it cannot be released.")
    receipt.fields.update({"Status": "Released", "Hold": False})
    books.touch(receipt)
    if receipt.flag("CreateBill"):
        create_ap_bill(books, receipt)


def create_ap_bill(books: Books, receipt: Row) -> Row:
    """A bill on hold for every line of the receipt that may be billed; raises FormException where there is none."""
    if receipt.text("Status") != "Released":
        raise FormException(f"The document status is {receipt.text('Status')}; it cannot be billed.")
    day = receipt.day("BillDate") or books.business_on
    header: dict[str, Value] = {
        "Type": "Bill",
        "Vendor": receipt.text("VendorID"),
        "VendorRef": receipt.text("VendorRef") or receipt.text("ReceiptNbr"),
        "Date": day,
    }
    lines = [Change(fields={"POReceiptType": receipt.text("Type"), "POReceiptNbr": receipt.text("ReceiptNbr")})]
    around = Circumstances(receipt.text("Branch") or books.default_branch, day)
    try:
        return store_bill(books, prepare_bill(books, Change(fields=header, details={"Details": lines}), None, around))
    except FormErrors as fault:
        raise FormException(str(fault)) from fault
