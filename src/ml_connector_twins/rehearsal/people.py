"""What people do in Acumatica, and the open books afterwards: the rehearsal's hands and eyes on that twin.

Everything goes through the twin's control interface; nothing here is seen by the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ml_connector_twins.acumatica.control.client import ControlClient
from ml_connector_twins.rehearsal.judge.evidence import Books
from ml_connector_twins.rehearsal.plan.actions import Action, AddVendor, ChangeVendor, Pay, TypeBill
from ml_connector_twins.stampli.outgoing import ApprovedInvoice


class People:
    """Clerks, treasury and auditors of the sample firm; ``control`` is the twin's control address."""

    def __init__(self, control: str) -> None:
        self._twin = ControlClient(control)

    def begin_day(self, on: date) -> None:
        """Set the firm's business date."""
        self._twin.set_business_date(on.isoformat())

    def act(self, action: Action) -> None:
        """Carry out one act; ``ControlError`` tells in the twin's words why it was refused."""
        match action:
            case AddVendor(vendor_id, name):
                self._twin.people("add_vendor", code=vendor_id, name=name)
            case ChangeVendor(vendor_id, fields):
                self._twin.people("put_record", entity="Vendor", fields={"VendorID": vendor_id, **fields})
            case TypeBill(invoice):
                self._twin.people("type_bill", bill=_typed(invoice), finish="release")
            case Pay():
                self._pay(action)

    def plant_faults(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """Replace the planted faults by these; each is a plan of the twin's `faults` module."""
        self._twin.call("DELETE", "faults")
        for fault in faults:
            self._twin.call("POST", "faults", dict(fault))

    def _pay(self, action: Pay) -> None:
        """One released check; a discount due that day is taken by the form where the rest is paid in full."""
        bills = self.open_books().bills_of(action.invoice.vendor_id, action.invoice.invoice_number)
        if not bills:
            return  # nothing to pay: the case of that invoice will say so
        paid = {"type": bills[0]["Type"], "number": bills[0]["ReferenceNbr"], "amount": str(action.amount)}
        self._twin.people("pay_bills", bills=[paid], date=action.on.isoformat(), method="ACH")

    def open_books(self) -> Books:
        """The ground truth as it stands now."""
        return Books(
            bills=self._records("Bill"),
            entries=self._twin.entries(),
            checks=self._records("Check"),
            vendors=self._records("Vendor"),
            accounts=self._records("Account"),
            projects=self._records("Project"),
            tasks=self._records("ProjectTask"),
            cost_codes=self._records("CostCode"),
            requests=self._twin.requests(),
        )

    def _records(self, entity: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._twin.call("GET", f"records/{entity}")
        return found


def _typed(invoice: ApprovedInvoice) -> dict[str, Any]:
    """The bill as a clerk types it from the paper, without any mark of ours."""
    lines = (
        {
            "TransactionDescription": line.description,
            "Account": line.account,
            "Subaccount": line.subaccount.replace("-", ""),
            "Branch": line.branch,
            "Project": line.project,
            "Qty": "1",
            "UnitCost": str(line.amount),
        }
        for line in invoice.lines
    )
    return {
        "Type": "Bill",
        "Vendor": invoice.vendor_id,
        "VendorRef": invoice.invoice_number,
        "Date": invoice.invoice_date.isoformat(),
        "BranchID": invoice.branch,
        "Details": list(lines),
    }
