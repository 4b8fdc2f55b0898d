"""From an approved invoice to the bill to create (scenarios S01 to S04, S14, S22, S24, S30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ml_connector.domain.resolution import plan_bill
from ml_connector.domain.values.bill import BillLine, BillPlan
from ml_connector.domain.values.invoice import ApprovedInvoice
from tests.builders import BRANCHES, MARK, a_job_line, a_line, a_snapshot, an_invoice, facts, usd


def plan(invoice: ApprovedInvoice, **members: object) -> BillPlan:
    """The plan under the firm's facts."""
    return plan_bill(invoice, facts(**members), marker=MARK)  # type: ignore[arg-type]


def test_an_overhead_invoice_becomes_a_bill_with_every_code_as_acumatica_has_it() -> None:
    line = a_line(subaccount="0110000", branch="main", project="x", description="Water")
    invoice = an_invoice("1284.37", line, vendor_id="v10005", description=" October\nwater ", link="https://s/1")
    assert plan(invoice) == BillPlan(
        type="Bill",
        vendor="V10005",
        vendor_ref="INV-8841",
        dated_on=date(2026, 10, 5),
        currency="USD",
        amount=Decimal("1284.37"),
        marker=MARK,
        description=f"{MARK} October water",
        lines=(
            BillLine(
                amount=Decimal("1284.37"),
                description="Water",
                account="61000",
                subaccount="01-100-00",
                branch="MAIN",
                project="X",
            ),
        ),
        post_period="2026-10",
        branch="MAIN",
        note="Stampli ST-8841 https://s/1",
    )


def test_a_job_split_keeps_every_cent_and_every_code() -> None:
    split = [("3333.33", "01", "31200"), ("3333.33", "03", "03-300"), ("3333.34", "16", "26-050")]
    lines = [a_job_line(amount, task=task, cost_code=code) for amount, task, code in split]
    planned = plan(an_invoice("10000.00", *lines, vendor_id="V10004"))
    assert [(line.amount, line.project, line.task, line.cost_code) for line in planned.lines] == [
        (Decimal("3333.33"), "J2401", "01", "31-200"),
        (Decimal("3333.33"), "J2401", "03", "03-300"),
        (Decimal("3333.34"), "J2401", "16", "26-050"),
    ]


def test_a_line_without_a_project_is_sent_as_none_of_them_where_projects_can_be_read() -> None:
    assert plan(an_invoice()).lines[0].project == "X"
    assert plan(an_invoice(), snapshot=a_snapshot(projects=None)).lines[0].project is None
    no_job = plan(an_invoice("1.00", a_line("1.00", project="X", task="01", cost_code="31-200")))
    assert (no_job.lines[0].task, no_job.lines[0].cost_code) == (None, None)


def test_freight_and_items_are_lines_a_discount_is_negative_and_tax_is_no_line() -> None:
    lines = (
        a_line("100.00", kind="item", quantity=Decimal(4), unit="EA", tax_category="TAXABLE"),
        a_line("10.00", kind="freight"),
        a_line("5.00", kind="discount"),
        a_line("7.25", kind="tax", account=None),
    )
    planned = plan(an_invoice("112.25", *lines))
    assert [line.amount for line in planned.lines] == [Decimal("100.00"), Decimal("10.00"), Decimal("-5.00")]
    assert planned.stated_tax == Decimal("7.25")
    first = planned.lines[0]
    assert (first.quantity, first.unit, first.unit_cost, first.tax_category) == (Decimal(4), "EA", None, "TAXABLE")


def test_a_difference_that_may_go_to_tax_goes_to_tax() -> None:
    assert plan(an_invoice("100.03", a_line("100.00"))).stated_tax == Decimal("0.03")
    assert plan(an_invoice("107.28", a_line("100.00"), tax_total=usd("7.25"))).stated_tax == Decimal("7.28")
    assert plan(an_invoice()).stated_tax is None
    assert plan(an_invoice(tax_total=usd("0.00"))).stated_tax == Decimal("0.00")


def test_a_credit_memo_is_a_debit_adjustment_with_positive_lines_and_no_terms() -> None:
    line = a_line("235.00", quantity=Decimal(-20), unit="EA")
    invoice = an_invoice("252.04", line, a_line("17.04", kind="tax"), kind="credit_memo", terms="30D")
    planned = plan(invoice)
    assert (planned.type, planned.amount, planned.terms, planned.stated_tax) == (
        "Debit Adj.",
        Decimal("252.04"),
        None,
        Decimal("17.04"),
    )
    assert (planned.lines[0].amount, planned.lines[0].quantity) == (Decimal("235.00"), Decimal(20))
    mixed = plan(an_invoice("1.00", a_line("3.00"), a_line("-2.00", quantity=Decimal(1)), kind="credit_memo"))
    assert [(each.amount, each.quantity) for each in mixed.lines] == [
        (Decimal("3.00"), None),
        (Decimal("-2.00"), Decimal(-1)),
    ]


def test_a_prepayment_carries_no_terms() -> None:
    planned = plan(an_invoice(kind="prepayment", terms="30D"))
    assert (planned.type, planned.terms) == ("Prepayment", None)


def test_terms_are_sent_where_stated_and_the_due_date_never() -> None:
    planned = plan(an_invoice(terms="30D", due_date=date(2026, 11, 4)))
    assert (planned.terms, planned.due_on) == ("30D", None)
    assert plan(an_invoice()).terms is None


@pytest.mark.parametrize(("length", "cut"), [(496, False), (497, True), (2000, True)])
def test_the_mark_comes_first_and_the_text_is_cut_to_the_field(length: int, cut: bool) -> None:
    planned = plan(an_invoice(description="x" * length))
    assert planned.description == f"{MARK} {'x' * 495 + '…' if cut else 'x' * length}"
    assert len(planned.description) == 512 or not cut
    assert planned.description_cut is cut
    assert plan(an_invoice()).description == MARK


def test_the_branch_is_the_invoices_else_the_connections_else_that_of_most_lines() -> None:
    lines = (a_line("1.00", branch="NORTH"), a_line("1.00", branch="NORTH"), a_line("1.00", branch=None))
    invoice = an_invoice("3.00", *lines, branch=None)
    assert plan(invoice).branch == "NORTH"
    assert [line.branch for line in plan(invoice).lines] == ["NORTH", "NORTH", "NORTH"]
    assert plan(invoice, branch="MAIN").branch == "MAIN"
    assert [line.branch for line in plan(invoice, branch="MAIN").lines] == ["NORTH", "NORTH", "MAIN"]
    assert plan(replace(invoice, branch="EQUIP"), branch="MAIN").branch == "EQUIP"
    none = replace(invoice, lines=(a_line("3.00", branch=None),))
    assert plan(none).branch is None
    assert plan(none, snapshot=a_snapshot(branches={"MAIN": BRANCHES[0]})).branch == "MAIN"


def test_a_bill_of_two_branches_keeps_each_lines_own() -> None:
    invoice = an_invoice("9600.00", a_line("5760.00"), a_line("3840.00", branch="NORTH"))
    planned = plan(invoice)
    assert (planned.branch, [line.branch for line in planned.lines]) == ("MAIN", ["MAIN", "NORTH"])


def test_a_closed_month_posts_to_the_next_open_one_and_keeps_the_date() -> None:
    invoice = an_invoice(invoice_date=date(2026, 8, 28))
    planned = plan(invoice, closed_period="next_open")
    assert (planned.dated_on, planned.post_period) == (date(2026, 8, 28), "2026-10")
    assert plan(an_invoice(post_period="2026-11")).post_period == "2026-11"
    assert plan(an_invoice(), snapshot=a_snapshot(periods=None)).post_period is None


def test_the_currency_is_the_invoices_else_the_vendors_else_the_base() -> None:
    assert plan(an_invoice(currency=None)).currency == "USD"
    assert plan(an_invoice(currency=None, vendor_id="V10009")).currency == "CAD"
    vendors = {"V10005": replace(facts().snapshot.vendors["V10005"], currency=None)}
    assert plan(an_invoice(currency=None), snapshot=a_snapshot(vendors=vendors)).currency == "USD"
    nothing = a_snapshot(vendors=vendors, branches=None)
    assert plan(an_invoice(currency=None), snapshot=nothing).currency == "XXX"


RENTAL = a_line(
    "6450.00",
    account=None,
    subaccount=None,
    branch=None,
    po_type="RO",
    po_number="po-003135",
    po_line="1",
    quantity=Decimal(1),
)


def test_a_line_on_an_order_takes_the_orders_coding_and_its_link() -> None:
    planned = plan(an_invoice("6450.00", RENTAL, vendor_id="V10004", invoice_number="MR-5531"))
    assert planned.lines == (
        BillLine(
            amount=Decimal("6450.00"),
            account="50300",
            branch="MAIN",
            project="J2401",
            task="01",
            cost_code="31-200",
            quantity=Decimal(1),
            unit="MO",
            po_type="Normal",
            po_number="PO-003135",
            po_line=1,
        ),
    )


def test_the_orders_coding_wins_over_the_invoices() -> None:
    stated = replace(RENTAL, account="50100", project="J2405", task="03", cost_code="03-300", branch="NORTH")
    (line,) = plan(an_invoice("6450.00", stated, vendor_id="V10004")).lines
    assert (line.account, line.project, line.task, line.cost_code) == ("50300", "J2401", "01", "31-200")
    assert line.branch == "NORTH"


def test_two_invoice_lines_on_one_order_line_are_one_bill_line() -> None:
    half = replace(RENTAL, amount=usd("3225.00"), quantity=Decimal("0.5"))
    planned = plan(an_invoice("6451.00", half, a_line("1.00"), half, vendor_id="V10004"))
    assert [(line.amount, line.quantity, line.po_line) for line in planned.lines] == [
        (Decimal("6450.00"), Decimal("1.0"), 1),
        (Decimal("1.00"), None, None),
    ]
    by_amount = plan(an_invoice("6450.00", half, replace(half, quantity=None), vendor_id="V10004"))
    assert [(line.amount, line.quantity, line.unit) for line in by_amount.lines] == [(Decimal("6450.00"), None, None)]


def test_a_receipt_stands_for_the_order_and_chooses_its_own_account() -> None:
    by_receipt = replace(RENTAL, receipt_number="PR-000981", receipt_line="2", account="50300")
    (line,) = plan(an_invoice("6450.00", by_receipt, vendor_id="V10004")).lines
    assert (line.receipt_type, line.receipt_number, line.receipt_line) == ("Receipt", "PR-000981", 2)
    assert (line.po_type, line.po_number, line.po_line, line.account) == (None, None, None, None)
    assert (line.project, line.task) == ("J2401", "01")
    (back,) = plan(an_invoice("6450.00", by_receipt, vendor_id="V10004", kind="credit_memo")).lines
    assert back.receipt_type == "Return"


def test_an_order_that_cannot_be_read_is_passed_on_as_stated() -> None:
    stated = replace(RENTAL, account="50300")
    (line,) = plan(an_invoice("6450.00", stated), snapshot=a_snapshot(purchase_orders=None)).lines
    assert (line.po_type, line.po_number, line.po_line, line.project) == ("Normal", "po-003135", 1, None)


def test_an_invoice_without_vendor_or_number_is_a_fault_of_the_caller() -> None:
    for broken in (an_invoice(vendor_id=None), an_invoice(invoice_number=None)):
        with pytest.raises(ValueError, match="cannot be planned"):
            plan(broken)


def test_a_phase_is_sent_as_acumatica_writes_it() -> None:
    line = a_job_line("1.00", project="j2401", task="r1 ", cost_code="99")
    (planned,) = plan(an_invoice("1.00", line)).lines
    assert (planned.project, planned.task, planned.cost_code) == ("J2401", "R1", "99")
    unread = plan(an_invoice("1.00", line), snapshot=a_snapshot(tasks=None, cost_codes=None)).lines[0]
    assert (unread.task, unread.cost_code) == ("r1 ", "99")
