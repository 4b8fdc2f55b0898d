"""Values of the domain for tests, valid by default: only what matters shows. The firm is that of the scenarios."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ml_connector.domain.keys import content_hash, marker
from ml_connector.domain.rules.facts import Facts, RulePolicy
from ml_connector.domain.rules.ledger import Ledger
from ml_connector.domain.values.bill import Bill, BillKey, BillLine, BillPlan
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.master_data import (
    Account,
    Branch,
    CostCode,
    PostPeriod,
    Project,
    ProjectTask,
    PurchaseOrder,
    PurchaseOrderLine,
    Snapshot,
    Subaccount,
    Vendor,
)
from ml_connector.domain.values.money import UNSTATED, Money
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord, RecordSource

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
TODAY = date(2026, 10, 14)
KEY = "7:example"
MARK = marker(KEY)


def usd(amount: str) -> Money:
    """Dollars."""
    return Money(Decimal(amount), "USD")


def a_line(amount: str = "1284.37", **members: Any) -> InvoiceLine:
    """An overhead line; other members by name."""
    values: dict[str, Any] = {"kind": "expense", "account": "61000", "subaccount": "01-100-00", "branch": "MAIN"}
    return InvoiceLine(amount=usd(amount), **{**values, **members})


def a_job_line(amount: str = "1000.00", **members: Any) -> InvoiceLine:
    """A line on job J2401."""
    coding = {"account": "50300", "project": "J2401", "task": "01", "cost_code": "31-200", "subaccount": None}
    return a_line(amount, **{**coding, **members})


def an_invoice(total: str = "1284.37", *lines: InvoiceLine, **members: Any) -> ApprovedInvoice:
    """S01 of the scenarios; other lines and members by name."""
    values: dict[str, Any] = {
        "kind": "invoice",
        "vendor_id": "V10005",
        "invoice_number": "INV-8841",
        "invoice_date": date(2026, 10, 5),
        "external_id": "ST-8841",
        "currency": "USD",
        "branch": "MAIN",
        "status": "Authorized for Payment",
    }
    invoice = ApprovedInvoice(total=usd(total), lines=lines or (a_line(total),), **{**values, **members})
    return unstated(invoice) if invoice.currency is None else invoice


def unstated(invoice: ApprovedInvoice) -> ApprovedInvoice:
    """The invoice without a currency."""

    def bare(money: Money | None) -> Money | None:
        return None if money is None else Money(money.amount, UNSTATED)

    lines = tuple(replace(line, amount=Money(line.amount.amount, UNSTATED)) for line in invoice.lines)
    total = Money(invoice.total.amount, UNSTATED)
    return replace(invoice, total=total, tax_total=bare(invoice.tax_total), lines=lines, currency=None)


def a_vendor(vendor_id: str, name: str, status: str = "Active", **members: Any) -> Vendor:
    """A vendor of the firm."""
    return Vendor(vendor_id, name, status, f"id-{vendor_id}", **{"currency": "USD", "tax_zone": "RVR", **members})


VENDORS = (
    a_vendor("V10001", "Kestrel Concrete LLC", is_1099=True),
    a_vendor("V10002", "Blue Heron Supply Inc"),
    a_vendor("V10004", "Metro Rentals"),
    a_vendor("V10005", "City Water & Power"),
    a_vendor("V10006", "Old Mill Trucking", "On Hold"),
    a_vendor("V10007", "Pine State Lumber", "Hold Payments"),
    a_vendor("V10008", "Granite Co", "Inactive"),
    a_vendor("V10009", "Acier Erable Ltee", currency="CAD"),
    a_vendor("V10011", "Day Labour", "One-Time", tax_zone=None),
    a_vendor("V10012", "Granite Northeast"),
    a_vendor("V10013", "Tidewater Freight"),
)


def an_account(account_id: str, description: str, group: str | None = None, **members: Any) -> Account:
    """An active expense account."""
    values = {"type": "Expense", "active": True, "record_id": f"id-{account_id}", "account_group": group}
    return Account(account_id, description, **{**values, **members})


ACCOUNTS = (
    an_account("10100", "Checking", type="Asset", cash_account=True),
    an_account("15000", "Prepaid rent", type="Asset"),
    an_account("20000", "AP control", type="Liability", control=True),
    an_account("50100", "Job cost subcontract", "SUB"),
    an_account("50200", "Job cost material", "MAT"),
    an_account("50300", "Job cost equipment rental", "EQP"),
    an_account("61000", "Utilities"),
    an_account("61200", "Fuel by the gallon", require_units=True),
    an_account("61300", "Rent in Canada", currency="CAD"),
    an_account("61500", "Office supplies", active=False),
)


def _task(project: str, task: str, text: str, status: str = "Active", **members: Any) -> ProjectTask:
    return ProjectTask(project, task, text, status, f"id-{project}-{task}", **{"type": "Cost", **members})


TASKS = (
    _task("J2401", "01", "Sitework"),
    _task("J2401", "03", "Concrete"),
    _task("J2401", "16", "Electrical"),
    _task("J2401", "98", "Demolition", "Completed"),
    _task("J2401", "99", "Closeout", "In Planning"),
    _task("J2401", "R1", "Owner billing", type="Revenue"),
    _task("J2401", "H1", "Hidden", visible_in_ap=False),
    _task("J2405", "01", "Sitework"),
    _task("J2405", "03", "Concrete"),
    _task("J2310", "03", "Concrete", "Completed"),
)

ORDERS = (
    PurchaseOrder(
        "Normal",
        "PO-003135",
        "V10004",
        "Open",
        "id-PO-003135",
        (
            PurchaseOrderLine(
                1,
                Decimal(3),
                Decimal("6450.00"),
                Decimal("19350.00"),
                line_type="Service",
                unit="MO",
                account="50300",
                project="J2401",
                task="01",
                cost_code="31-200",
                billed_quantity=Decimal(0),
                billed_amount=Decimal(0),
                unbilled_quantity=Decimal(3),
                unbilled_amount=Decimal("19350.00"),
                received_quantity=Decimal(0),
                closed=False,
                billing_basis="order",
            ),
        ),
        currency="USD",
    ),
)


def a_snapshot(**members: Any) -> Snapshot:
    """The firm's master data; collections by name."""
    subaccounts = [Subaccount(code, "", code != "01-150-00", f"id-{code}") for code in _SUBACCOUNTS]
    values: dict[str, Any] = {
        "vendors": {vendor.vendor_id: vendor for vendor in VENDORS},
        "accounts": {account.account_id: account for account in ACCOUNTS},
        "subaccounts": {each.subaccount_id: each for each in subaccounts},
        "branches": {branch.branch_id: branch for branch in BRANCHES},
        "projects": {project.project_id: project for project in PROJECTS},
        "tasks": {(task.project_id, task.task_id): task for task in TASKS},
        "cost_codes": {
            code: CostCode(code, "", f"id-{code}", active=code != "02-999")
            for code in ("01-540", "02-999", "03-300", "26-050", "31-200")
        },
        "purchase_orders": {(order.order_type, order.order_number): order for order in ORDERS},
        "periods": PERIODS,
        "drafts": (),
    }
    return Snapshot(read_at=NOON, **{**values, **members})


_SUBACCOUNTS = ("01-100-00", "01-150-00", "01-200-00", "02-100-00")
BRANCHES = (
    Branch("MAIN", "Main", True, "HRB", "USD"),
    Branch("NORTH", "North", True, "HRB", "USD"),
    Branch("EQUIP", "Equipment", True, "HRE", "USD"),
    Branch("OLD", "Closed yard", False, "HRB", "USD"),
)
PROJECTS = (
    Project("J2401", "Riverside Elementary", "Active", "id-J2401", "MAIN"),
    Project("J2405", "Harbor Clinic", "Active", "id-J2405", "NORTH"),
    Project("J2310", "Oak Street Garage", "Completed", "id-J2310", "MAIN"),
    Project("J2500", "New Library", "In Planning", "id-J2500", "MAIN"),
    Project("J2600", "Secret", "Active", "id-J2600", "MAIN", visible_in_ap=False),
)


def _period(month: int, status: str, *, closed_in_ap: bool = False) -> PostPeriod:
    following = date(2026 + month // 12, month % 12 + 1, 1)
    last = date.fromordinal(following.toordinal() - 1)
    return PostPeriod(f"2026-{month:02}", status, closed_in_ap, date(2026, month, 1), last, "HRB")


PERIODS = (
    _period(7, "Locked"),
    _period(8, "Closed"),
    _period(9, "Open", closed_in_ap=True),
    _period(10, "Open"),
    _period(11, "Open"),
    _period(12, "Inactive"),
)


def facts(snapshot: Snapshot | None = None, **members: Any) -> Facts:
    """Facts on 2026-10-14; members of the policy or of the facts by name."""
    own: dict[str, Any] = {name: members.pop(name) for name in ("own_key", "received_at") if name in members}
    own["ledger"] = Ledger(members.pop("ledger", ()))
    return Facts(snapshot or a_snapshot(), RulePolicy(today=TODAY, **members), **own)


def a_plan(**members: Any) -> BillPlan:
    """The bill of S01 as it is sent."""
    values: dict[str, Any] = {
        "type": "Bill",
        "vendor": "V10005",
        "vendor_ref": "INV-8841",
        "dated_on": date(2026, 10, 5),
        "currency": "USD",
        "amount": Decimal("1284.37"),
        "marker": MARK,
        "description": f"{MARK} October",
        "lines": (BillLine(Decimal("1284.37"), account="61000", subaccount="01-100-00", branch="MAIN", project="X"),),
        "post_period": "2026-10",
        "branch": "MAIN",
    }
    return BillPlan(**{**values, **members})


def a_bill(plan: BillPlan | None = None, number: str = "000123", status: str = "On Hold", **members: Any) -> Bill:
    """The bill a plan becomes, read back whole."""
    plan = plan or a_plan()
    values: dict[str, Any] = {
        "key": BillKey(plan.type, number),
        "id": f"guid-{number}",
        "status": status,
        "hold": status == "On Hold",
        "vendor": plan.vendor,
        "vendor_ref": plan.vendor_ref,
        "amount": plan.amount,
        "description": plan.description,
        "dated_on": plan.dated_on,
        "post_period": plan.post_period,
        "currency": plan.currency,
        "branch": plan.branch,
        "balance": plan.amount,
        "tax_total": plan.stated_tax or Decimal(0),
        "lines": plan.lines,
        "taxes": (),
    }
    return Bill(**{**values, **members})


def a_posting(state: PostingState = PostingState.RECEIVED, **members: Any) -> Posting:
    """A row of the ledger."""
    values: dict[str, Any] = {"id": "i00000001", "connection": "harbor", "key": KEY, "marker": MARK, "epoch": 0}
    return Posting(state=state, **{**values, **members})


def a_record(posting: Posting | None = None, invoice: ApprovedInvoice | None = None, **members: Any) -> InvoiceRecord:
    """An invoice as kept."""
    invoice = invoice or an_invoice()
    source = RecordSource("f00000001", "invoices_1.csv", "ab" * 32, 1, (2,))
    values: dict[str, Any] = {"source": source, "received_at": NOON}
    return InvoiceRecord(posting or a_posting(), invoice, content_hash(invoice), **{**values, **members})
