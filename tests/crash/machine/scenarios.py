"""The scenarios that are broken: what Stampli approved, what the customer decided, how Acumatica is set up. Values
only; every one of them ends well when nothing breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment
from tests.builders import a_job_line, a_line, an_invoice, usd
from tests.crash.machine.auditor import Paper

PDF = b"%PDF-1.7 the paper"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario. ``files`` are what lies in the folder, in the order of their names; ``site`` are switches of the
    world, ``terms`` those of the customer; ``fresh`` starts without master data, as on the first morning; ``paid``
    has the bill paid on both sides in the end; ``then`` is what Stampli does after an undisturbed pass, and only what
    follows is broken."""

    name: str
    files: Mapping[str, tuple[ApprovedInvoice, ...]]
    terms: Mapping[str, Any] = field(default_factory=dict)
    site: Mapping[str, Any] = field(default_factory=dict)
    flows: tuple[str, ...] = ("invoices",)
    foreground: bool = True
    fresh: bool = False
    paid: bool = False
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    then: str = ""

    @property
    def finish(self) -> str:
        """How far bills go."""
        return str(self.terms.get("finish", "release"))

    @property
    def invoices(self) -> tuple[ApprovedInvoice, ...]:
        """All of them, each once, as first approved."""
        return tuple({each.external_id: each for file in self.files.values() for each in file}.values())


def paper_of(invoice: ApprovedInvoice, *others: ApprovedInvoice, canceled: bool = False) -> Paper:
    """What an auditor is given for an invoice and its later versions."""
    kind = {"invoice": "Bill", "credit_memo": "Debit Adj.", "prepayment": "Prepayment"}[invoice.kind]
    totals = tuple(each.total.amount for each in (invoice, *others))
    return Paper(str(invoice.vendor_id), str(invoice.invoice_number), totals, kind, canceled)


def numbered(number: int, total: str = "1284.37", **members: Any) -> ApprovedInvoice:
    """The invoice of that number, a bit dearer than the one before."""
    amount = str(Decimal(total) + number)
    return an_invoice(amount, invoice_number=f"INV-{number}", external_id=f"ST-{number}", **members)


def _on_order() -> ApprovedInvoice:
    line = a_job_line(
        "6450.00",
        kind="item",
        quantity=Decimal(1),
        unit="MO",
        unit_price=Decimal("6450.00"),
        po_type="Normal",
        po_number="PO-003135",
        po_line="1",
    )
    return an_invoice("6450.00", line, vendor_id="V10004", invoice_number="RENT-10", external_id="ST-RENT")


def _taxed() -> ApprovedInvoice:
    return an_invoice("107.25", a_line("100.00"), tax_total=usd("7.25"))


def _credit() -> ApprovedInvoice:
    return an_invoice("250.00", kind="credit_memo", invoice_number="CM-77", external_id="ST-CM")


def _with_paper() -> ApprovedInvoice:
    return an_invoice(attachments=(Attachment("INV-8841.pdf", "application/pdf", len(PDF), sha256(PDF).hexdigest()),))


ONE = {"a.csv": (an_invoice(),)}
ALL: tuple[Scenario, ...] = (
    Scenario("release", ONE),
    Scenario("balance", ONE, terms={"finish": "balance"}),
    Scenario("hold", ONE, terms={"finish": "hold"}, foreground=False),
    Scenario("batch", {"a.csv": (numbered(1), numbered(2))}),
    Scenario("order", {"a.csv": (_on_order(),)}),
    Scenario("credit", {"a.csv": (_credit(),)}),
    Scenario("tax", {"a.csv": (_taxed(),)}, site={"tax": Decimal("7.26")}),
    Scenario("attachment", {"a.csv": (_with_paper(),)}, attachments={"INV-8841.pdf": PDF}),
    Scenario("approval", ONE, site={"approvals": True}),
    Scenario("files", {"a.csv": (numbered(1),), "b.csv": (numbered(1), numbered(2))}),
    Scenario("correction", ONE, terms={"finish": "hold"}, then="corrects"),
    Scenario("moved", ONE, site={"after": "move"}, foreground=False),
    Scenario("first-day", ONE, fresh=True),
    Scenario("all", ONE, flows=("master-data", "invoices", "results", "payments"), fresh=True, paid=True),
)
SCENARIOS = {scenario.name: scenario for scenario in ALL}
