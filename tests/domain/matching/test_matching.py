"""Payments of both systems: matched, explained, a break with its code, or waiting (scenarios S20 and S39)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.domain.matching import (
    InvoiceLink,
    PaymentLine,
    invoice_link,
    match_payments,
    payment_results,
)
from ml_connector.domain.reconciliation import Totals, tie_totals
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.money import Money
from ml_connector.domain.values.payment import Check, CheckApplication, PaymentApplication, StampliPayment
from ml_connector.domain.values.posting import PostingState
from tests.builders import a_posting, a_record, usd
from tests.domain.matching.both_sides import PAID_ON, POLICY, a_check, a_link, a_payment, match


def told(line: PaymentLine) -> tuple[str, str | None, str]:
    """Result, code and difference."""
    return line.result, line.code, f"{line.difference:.2f}"


SCENARIO_LINKS = [
    a_link("BH-7701", "6300.94", "V10002", "1"),
    a_link("KC-PA-003", "48600.00", "V10001", "2"),
    a_link("INV-8841", "1284.37", "V10005", "3"),
    a_link("MR-5560", "9600.00", "V10004", "4"),
    a_link("MR-5498", "3318.45", "V10004", "5"),
    a_link("PS-118", "2260.75", "V10007", "6"),
    a_link("TF-210", "1900.00", "V10010", "7"),
    a_link("MR-5520", "10000.00", "V10004", "8"),
]
SCENARIO_PAYMENTS = [
    a_payment("BH-7701", "6174.92", vendor="V10002"),
    a_payment("KC-PA-003", "48600.00", vendor="V10001"),
    a_payment("INV-8841", "1284.37", vendor="V10005"),
    a_payment("MR-5560", "9600.00"),
    a_payment("MR-5498", "3318.45"),
    a_payment("PS-118", "2260.75", "voided", vendor="V10007"),
    a_payment("TF-210", "1900.00", vendor="V10010"),
    a_payment("MR-5520", "10000.00"),
]
SCENARIO_CHECKS = [
    a_check("1", "6174.92", "1", vendor="V10002", discount="126.02", vendor_ref="BH-7701"),
    a_check("2", "48600.00", "2", vendor="V10001", dated_on=date(2026, 10, 22), method="ACH", vendor_ref="KC-PA-003"),
    a_check("4", "9060.00", "4", vendor_ref="MR-5560"),
    a_check("5", "3318.45", "5", status="Voided", vendor_ref="MR-5498"),
    a_check("5", "-3318.45", "5", type="Voided Payment", applied="-3318.45", vendor_ref="MR-5498"),
    a_check("6", "2260.75", "6", vendor="V10007", vendor_ref="PS-118"),
    a_check("7", "1900.00", "70", vendor="V10013", vendor_ref="TF-210"),
    a_check("8", "10000.00", "8", vendor_ref="MR-5520"),
    a_check("9", "10000.00", "8", vendor_ref="MR-5520"),
]


def scenario() -> tuple[PaymentLine, ...]:
    """S39 whole."""
    return match_payments(SCENARIO_PAYMENTS, SCENARIO_CHECKS, SCENARIO_LINKS, POLICY)


def test_the_reconciliation_with_breaks_comes_out_to_the_cent() -> None:
    lines = {line.invoice_number: told(line) for line in scenario()}
    assert lines == {
        "BH-7701": ("explained", "R04", "0.00"),
        "KC-PA-003": ("matched", None, "0.00"),
        "INV-8841": ("break", "R01", "-1284.37"),
        "MR-5560": ("break", "R03", "-540.00"),
        "MR-5498": ("break", "R08", "-3318.45"),
        "PS-118": ("break", "R07", "2260.75"),
        "TF-210": ("break", "R11", "0.00"),
        "MR-5520": ("break", "R14", "10000.00"),
    }
    assert tie_totals(scenario()) == Totals(
        stampli_paid=Decimal("80877.74"),
        acumatica_paid=Decimal("87995.67"),
        difference=Decimal("7117.93"),
        explained=Decimal("7117.93"),
        unexplained=Decimal("0.00"),
    )


def test_money_to_the_wrong_vendor_and_money_paid_twice_are_top_of_the_list() -> None:
    assert [line.code for line in scenario()][:3] == ["R14", "R11", "R08"]
    assert [line.result for line in scenario()][-2:] == ["explained", "matched"]


def test_a_break_closes_itself_when_its_cause_is_gone() -> None:
    reissued = a_check("10", "3318.45", "5", vendor_ref="MR-5498", dated_on=date(2026, 10, 21))
    lines = match_payments(SCENARIO_PAYMENTS, [*SCENARIO_CHECKS, reissued], SCENARIO_LINKS, POLICY)
    assert {line.invoice_number: told(line) for line in lines}["MR-5498"] == ("matched", None, "0.00")


@settings(max_examples=40)
@given(st.permutations(SCENARIO_PAYMENTS), st.permutations(SCENARIO_CHECKS), st.permutations(SCENARIO_LINKS))
def test_the_order_of_files_and_rows_decides_nothing(
    payments: list[StampliPayment], checks: list[Check], links: list[InvoiceLink]
) -> None:
    assert match_payments(payments, checks, links, POLICY) == scenario()


def test_each_break_says_both_figures_and_what_to_do() -> None:
    messages = {line.code: line.message for line in scenario() if line.code}
    assert messages["R03"] == "Stampli paid 9,600.00, Acumatica 9,060.00: 540.00 of difference."
    assert messages["R04"] == "Paid 6,174.92 and 126.02 of discount taken."
    assert messages["R11"] == "Paid to V10010 in Stampli, to V10013 in Acumatica."
    assert messages["R14"] == (
        "Acumatica has 2 payments, 20,000.00 in all: Payment 8, Payment 9; the invoice is 10,000.00."
    )
    assert all(line.fix and line.who for line in scenario() if line.code)
    assert {line.code: line.who for line in scenario()}["R11"] == "controller"


@pytest.mark.parametrize(
    ("payment", "checks", "expected"),
    [
        (a_payment("A", "9600.00"), [a_check("1", "9600.00")], ("matched", None, "0.00")),
        (a_payment("A", "9600.00"), [], ("break", "R01", "-9600.00")),
        (a_payment("A", "9600.00", "sent"), [], ("break", "R01", "-9600.00")),
        (a_payment("A", "9600.00", "sent", payment_date=date(2026, 10, 23)), [], ("waiting", None, "-9600.00")),
        (a_payment("A", "9600.00", "scheduled"), [], ("waiting", None, "0.00")),
        (a_payment("A", "9600.00", "scheduled"), [a_check("1", "9600.00")], ("break", "R02", "9600.00")),
        (a_payment("A", "9600.00", "scheduled"), [a_check("1", "5000.00")], ("break", "R02", "5000.00")),
        (a_payment("A", "9600.00", "failed"), [], ("matched", None, "0.00")),
        (a_payment("A", "9600.00", "failed"), [a_check("1", "9600.00")], ("break", "R09", "9600.00")),
        (a_payment("A", "9600.00", "voided"), [a_check("1", "9600.00", status="Voided")], ("matched", None, "0.00")),
        (a_payment("A", "9600.00", None), [a_check("1", "9600.00")], ("break", "R27", "9600.00")),
        (a_payment("A", "9600.00", None), [], ("break", "R27", "0.00")),
        (a_payment("A", "9600.00"), [a_check("1", "9600.00", status="Pending Print")], ("break", "R23", "-9600.00")),
        (a_payment("A", "9600.00"), [a_check("1", "9600.00", released=False)], ("break", "R23", "-9600.00")),
        (
            a_payment("A", "9600.00", "sent", payment_date=date(2026, 10, 23)),
            [a_check("1", "9600.00", status="Balanced")],
            ("waiting", None, "-9600.00"),
        ),
        (a_payment("A", "9600.00"), [a_check("1", "9600.00", currency="CAD")], ("break", "R20", "0.00")),
        (a_payment("A", "9600.00"), [a_check("1", "9600.00", vendor="V10001")], ("break", "R11", "0.00")),
        (a_payment("A", "9600.00"), [a_check("1", "9600.00", dated_on=date(2026, 10, 23))], ("matched", None, "0.00")),
        (a_payment("A", "9600.00"), [a_check("1", "9600.00", dated_on=date(2026, 10, 24))], ("break", "R10", "0.00")),
        (
            a_payment("A", "9600.00", payment_date=date(2026, 9, 30)),
            [a_check("1", "9600.00", dated_on=date(2026, 10, 1))],
            ("explained", "R10", "0.00"),
        ),
        (a_payment("A", "9600.00"), [a_check("1", "9600.00", applied="5000.00")], ("break", "R06", "-4600.00")),
        (a_payment("A", "9600.00"), [a_check("1", "5000.00"), a_check("2", "4600.00")], ("matched", None, "0.00")),
        (a_payment("A", "5000.00"), [a_check("1", "5000.00"), a_check("2", "4600.00")], ("break", "R06", "4600.00")),
        (
            a_payment("A", "9600.00"),
            [a_check("1", "9000.00"), a_check("C", "600.00", type="Debit Adj.")],
            ("break", "R05", "-600.00"),
        ),
        (
            a_payment("A", "9600.00", reference="77"),
            [a_check("1", "9600.00", None, payment_ref="77")],
            ("break", "R13", "0.00"),
        ),
        (
            a_payment("A", "9600.00", reference="77"),
            [a_check("1", "9600.00", None, payment_ref="77", status="Voided")],
            ("break", "R08", "-9600.00"),
        ),
        (
            a_payment("INV-77", "9600.00"),
            [a_check("1", "9600.00"), a_check("2", "9600.00", None, description="again INV-77")],
            ("break", "R14", "9600.00"),
        ),
    ],
)
def test_every_pair_of_states_has_its_word(
    payment: StampliPayment, checks: list[Check], expected: tuple[str, str | None, str]
) -> None:
    assert told(match(payment, *checks)) == expected


def test_an_early_payment_discount_is_explained_and_a_lapsed_one_is_not() -> None:
    link = a_link("BH", "6300.94")
    taken = a_check("1", "6174.92", discount="126.02")
    gross = match(a_payment("BH", "6300.94"), taken, link=link)
    assert told(gross) == ("explained", "R04", "-126.02")
    both = match(a_payment("BH", "6174.92", discount=usd("126.02")), taken, link=link)
    assert told(both) == ("explained", "R04", "0.00")
    lapsed = match(a_payment("BH", "6174.92", discount=usd("126.02")), a_check("1", "6174.92"), link=link)
    assert told(lapsed) == ("break", "R04", "0.00")
    assert lapsed.message == "The discount lapsed in Acumatica: 126.02 of the bill is still open."
    unequal = match(a_payment("BH", "6174.92", discount=usd("126.00")), taken, link=link)
    assert told(unequal) == ("break", "R04", "0.00")


def test_an_invoice_of_ours_without_a_bill_is_that_break() -> None:
    line = match(a_payment("A", "9600.00"), link=a_link("A", "9600.00", bill=None))
    assert (line.code, line.message) == ("R16", "Invoice A has no bill in Acumatica.")


def test_an_invoice_we_never_saw_is_found_by_vendor_and_number() -> None:
    payment = a_payment("old-1", "10.00")
    paid = a_check("1", "10.00", "777", vendor_ref="OLD-1 ")
    (line,) = match_payments([payment], [paid], [], POLICY)
    assert told(line) == ("matched", None, "0.00")
    (other,) = match_payments([payment], [replace(paid, vendor="V10001")], [], POLICY)
    assert told(other) == ("break", "R11", "0.00")


def test_one_payment_of_several_invoices_and_one_check_for_both() -> None:
    links = [a_link("A", "10.00", bill="1"), a_link("B", "20.00", bill="2")]
    applications = tuple(
        PaymentApplication(n, f"ST-{n}", None, usd(amount)) for n, amount in [("A", "10"), ("B", "20")]
    )
    payment = StampliPayment("P", "cleared", "Cleared", usd("30"), applications, None, "77", PAID_ON, "V10004")
    check = replace(
        a_check("1", "30.00"),
        applications=(
            CheckApplication(BillKey("Bill", "1"), Decimal(10), Decimal(0), None, True),
            CheckApplication(BillKey("Bill", "2"), Decimal(20), Decimal(0), None, True),
        ),
    )
    lines = match_payments([payment], [check], links, POLICY)
    assert [told(line) for line in lines] == [("matched", None, "0.00")] * 2
    unapplied = replace(check, applications=(), payment_ref="77")
    broken = match_payments([payment], [unapplied], links, POLICY)
    assert [told(line) for line in broken] == [("break", "R13", "0.00")] * 2
    assert tie_totals(broken).acumatica_paid == Decimal("30.00")


def test_several_payments_of_one_invoice_each_find_their_own_check() -> None:
    first = a_payment("A", "6000.00", payment_id="P-1")
    second = a_payment("A", "3600.00", payment_id="P-2")
    checks = [a_check("2", "3600.00"), a_check("1", "6000.00")]
    lines = match_payments([first, second], checks, [a_link("A", "9600.00")], POLICY)
    assert {line.payment_id: (line.result, line.checks) for line in lines} == {
        "P-1": ("matched", ("Payment 1",)),
        "P-2": ("matched", ("Payment 2",)),
    }
    missing = match_payments([first, second], checks[1:], [a_link("A", "9600.00")], POLICY)
    assert {line.payment_id: line.code for line in missing} == {"P-1": None, "P-2": "R01"}


def test_a_voided_payment_and_its_re_issue_are_told_apart() -> None:
    voided = a_payment("A", "9600.00", "voided", payment_id="P-1")
    again = a_payment("A", "9600.00", payment_id="P-2")
    link = [a_link("A", "9600.00")]
    lines = match_payments([voided, again], [a_check("2", "9600.00")], link, POLICY)
    assert {line.payment_id: told(line) for line in lines} == {
        "P-1": ("matched", None, "0.00"),
        "P-2": ("matched", None, "0.00"),
    }
    both_live = match_payments([voided, again], [a_check("1", "9600.00"), a_check("2", "9600.00")], link, POLICY)
    assert {line.payment_id: line.code for line in both_live} == {"P-1": "R07", "P-2": None}


def test_a_credit_used_in_a_payment_takes_off_on_both_sides() -> None:
    credit = InvoiceLink("i-C", "ST-C", "V10004", "C", Decimal("100.00"), "USD", BillKey("Debit Adj.", "9"))
    applications = (
        PaymentApplication("A", "ST-A", None, usd("9600.00")),
        PaymentApplication("C", "ST-C", None, usd("-100.00")),
    )
    payment = replace(a_payment("A", "9500.00"), applications=applications)
    check = a_check("1", "9500.00", applied="9600.00")
    used = CheckApplication(BillKey("Debit Adj.", "9"), Decimal("100.00"), Decimal(0), None, True)
    check = replace(check, applications=(*check.applications, used))
    lines = match_payments([payment], [check], [a_link("A", "9600.00"), credit], POLICY)
    assert [told(line) for line in lines] == [("matched", None, "0.00")] * 2


def test_a_payment_that_does_not_equal_its_invoices_is_told() -> None:
    payment = replace(a_payment("A", "9600.00"), amount=usd("9700.00"))
    lines = match_payments([payment], [a_check("1", "9600.00")], [a_link("A", "9600.00")], POLICY)
    assert [told(line) for line in lines] == [("break", "R03", "-100.00"), ("matched", None, "0.00")]
    assert lines[0].message == "The payment is 9,700.00, its invoices add up to 9,600.00."


def test_a_payment_without_invoices_is_found_by_its_reference() -> None:
    bare = replace(a_payment("A", "50.00"), applications=(), reference="PAY-77")
    (line,) = match_payments([bare], [a_check("1", "50.00", None, description="PAY-77")], [], POLICY)
    assert told(line) == ("break", "R13", "0.00")
    (missing,) = match_payments([bare], [], [], POLICY)
    assert told(missing) == ("break", "R01", "-50.00")


def test_a_payment_takes_the_gravest_word_of_its_lines() -> None:
    lines = scenario()
    results = payment_results(lines)
    assert results["P-KC-PA-003"] == ("matched", None)
    assert results["P-TF-210"] == ("break", "R11")
    payment = replace(a_payment("A", "9600.00"), amount=Money(Decimal("9700.00"), "USD"))
    both = match_payments([payment], [a_check("1", "9600.00")], [a_link("A", "9600.00")], POLICY)
    assert payment_results(both) == {"P-A": ("break", "R03")}


def test_a_record_gives_its_link() -> None:
    ref = BillKey("Bill", "000123")
    record = a_record(a_posting(PostingState.DONE, ref=ref, verified_ref=ref))
    assert invoice_link(record) == InvoiceLink(
        "i00000001", "ST-8841", "V10005", "INV-8841", Decimal("1284.37"), "USD", ref
    )


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["A", "B"]),
            st.integers(1, 4),
            st.sampled_from(["sent", "cleared", "voided", "failed", "scheduled", None]),
        ),
        max_size=5,
    ),
    st.lists(
        st.tuples(st.sampled_from(["1", "2"]), st.integers(1, 4), st.sampled_from(["Closed", "Voided", "Balanced"])),
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
def test_whatever_comes_totals_tie_and_the_order_decides_nothing(
    paid: list[tuple[str, int, Any]], checked: list[tuple[str, int, str]], random: Any
) -> None:
    links = [a_link("A", "6.00", bill="1"), a_link("B", "6.00", bill="2")]
    payments = [a_payment(n, f"{x}.00", s, payment_id=f"P-{i}") for i, (n, x, s) in enumerate(paid)]
    checks = [a_check(f"{i}", f"{x}.00", bill, status=status) for i, (bill, x, status) in enumerate(checked)]
    lines = match_payments(payments, checks, links, POLICY)
    assert tie_totals(lines).unexplained == 0
    live = [x for _, x, status in paid if status in ("sent", "cleared")]
    assert tie_totals(lines).stampli_paid == sum(live)
    claimed = {n for n, _, _ in paid}
    closed = [x for bill, x, status in checked if status == "Closed" and {"1": "A", "2": "B"}[bill] in claimed]
    assert tie_totals(lines).acumatica_paid == sum(closed)
    random.shuffle(payments)
    random.shuffle(checks)
    assert match_payments(payments, checks, links[::-1], POLICY) == lines
