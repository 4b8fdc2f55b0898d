"""Each word a pair of payments can come to: whole lines, so that a figure or a name that goes missing is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.findings import catalogue_entry
from ml_connector.domain.matching import PaymentLine, match_payments
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.money import UNSTATED, Money
from ml_connector.domain.values.payment import Check, CheckApplication, StampliPayment
from tests.builders import usd
from tests.domain.matching.both_sides import PAID_ON, POLICY, a_check, a_link, a_payment, match

_SENT_LATELY = date(2026, 10, 23)
CASES: dict[str, tuple[StampliPayment, list[Check]]] = {
    "equal": (a_payment("A", "9600.00"), [a_check("1", "9600.00")]),
    "no date in Stampli": (a_payment("A", "9600.00", payment_date=None), [a_check("1", "9600.00")]),
    "no date in Acumatica": (a_payment("A", "9600.00"), [a_check("1", "9600.00", dated_on=None)]),
    "a day apart": (a_payment("A", "9600.00"), [a_check("1", "9600.00", dated_on=date(2026, 10, 21))]),
    "too many days apart": (a_payment("A", "9600.00"), [a_check("1", "9600.00", dated_on=date(2026, 10, 26))]),
    "another month": (
        a_payment("A", "9600.00", payment_date=date(2026, 9, 30)),
        [a_check("1", "9600.00", dated_on=date(2026, 10, 1))],
    ),
    "another year": (
        a_payment("A", "9600.00", payment_date=date(2025, 12, 31)),
        [a_check("1", "9600.00", dated_on=date(2026, 1, 1))],
    ),
    "no payment": (a_payment("A", "9600.00"), []),
    "on its way": (a_payment("A", "9600.00", "sent", payment_date=_SENT_LATELY), []),
    "sent without a date": (a_payment("A", "9600.00", "sent", payment_date=None), []),
    "scheduled": (a_payment("A", "9600.00", "scheduled"), []),
    "scheduled, paid twice": (
        a_payment("A", "9600.00", "scheduled"),
        [a_check("1", "9600.00"), a_check("2", "9600.00")],
    ),
    "failed": (a_payment("A", "9600.00", "failed"), []),
    "failed, paid": (a_payment("A", "9600.00", "failed"), [a_check("1", "9600.00")]),
    "voided": (a_payment("A", "9600.00", "voided"), []),
    "voided, paid": (a_payment("A", "9600.00", "voided"), [a_check("1", "9600.00")]),
    "status unknown": (replace(a_payment("A", "9600.00", None), status_word="Sailing"), []),
    "status empty": (replace(a_payment("A", "9600.00", None), status_word=""), [a_check("1", "9600.00")]),
    "entered": (a_payment("A", "9600.00"), [a_check("1", "9600.00", status="Balanced")]),
    "entered, on its way": (
        a_payment("A", "9600.00", "sent", payment_date=_SENT_LATELY),
        [a_check("1", "9600.00", status="Balanced")],
    ),
    "voided there": (a_payment("A", "9600.00"), [a_check("1", "9600.00", status="Voided")]),
    "voided there, named by the invoice": (
        a_payment("INV-77", "9600.00"),
        [a_check("1", "9600.00", None, status="Voided", description="for INV-77")],
    ),
    "another vendor": (a_payment("A", "9600.00"), [a_check("1", "9600.00", vendor="V10001")]),
    "another currency": (a_payment("A", "9600.00"), [a_check("1", "9600.00", currency="CAD")]),
    "another amount": (a_payment("A", "9600.00"), [a_check("1", "9700.00")]),
    "a credit was used": (
        a_payment("A", "9600.00"),
        [a_check("1", "9000.00"), a_check("C", "600.00", type="Debit Adj.")],
    ),
    "a part is not applied": (a_payment("A", "9600.00"), [a_check("1", "9600.00", applied="5000.00")]),
    "discount in Acumatica alone": (a_payment("A", "9600.00"), [a_check("1", "9500.00", discount="100.00")]),
    "discount on both sides": (
        a_payment("A", "9500.00", discount=usd("100.00")),
        [a_check("1", "9500.00", discount="100.00")],
    ),
    "discount of another figure": (
        a_payment("A", "9500.00", discount=usd("90.00")),
        [a_check("1", "9500.00", discount="100.00")],
    ),
    "discount lapsed": (a_payment("A", "9500.00", discount=usd("100.00")), [a_check("1", "9500.00")]),
    "applied to nothing": (
        a_payment("A", "9600.00", reference="CHK-77"),
        [a_check("1", "9600.00", None, payment_ref="CHK-77"), a_check("2", "9600.00", None, payment_ref="CHK-77")],
    ),
    "a part only": (a_payment("A", "5000.00"), [a_check("1", "5000.00"), a_check("2", "4600.00")]),
    "twice": (a_payment("A", "9600.00"), [a_check("1", "9600.00"), a_check("2", "9600.00")]),
}


def shown(line: PaymentLine) -> tuple[Any, ...]:
    return (line.result, line.code, f"{line.stampli} {line.acumatica}", line.message, line.checks)


EXPECTED: dict[str, tuple[Any, ...]] = {
    "equal": ("matched", None, "9600.00 9600.00", "Equal on both sides.", ("Payment 1",)),
    "no date in Stampli": ("matched", None, "9600.00 9600.00", "Equal on both sides.", ("Payment 1",)),
    "no date in Acumatica": ("matched", None, "9600.00 9600.00", "Equal on both sides.", ("Payment 1",)),
    "a day apart": (
        "matched",
        None,
        "9600.00 9600.00",
        "Paid on 2026-10-20 in Stampli, on 2026-10-21 in Acumatica, 1 day apart.",
        ("Payment 1",),
    ),
    "too many days apart": (
        "break",
        "R10",
        "9600.00 9600.00",
        "Paid on 2026-10-20 in Stampli, on 2026-10-26 in Acumatica, 6 days apart; 3 are allowed.",
        ("Payment 1",),
    ),
    "another month": (
        "explained",
        "R10",
        "9600.00 9600.00",
        "Paid on 2026-09-30 in Stampli, on 2026-10-01 in Acumatica, 1 day apart, in two months.",
        ("Payment 1",),
    ),
    "another year": (
        "explained",
        "R10",
        "9600.00 9600.00",
        "Paid on 2025-12-31 in Stampli, on 2026-01-01 in Acumatica, 1 day apart, in two months.",
        ("Payment 1",),
    ),
    "no payment": ("break", "R01", "9600.00 0", "Stampli paid 9,600.00; Acumatica has no payment.", ()),
    "on its way": ("waiting", None, "9600.00 0", "Sent in Stampli; Acumatica has no payment yet.", ()),
    "sent without a date": ("break", "R01", "9600.00 0", "Stampli paid 9,600.00; Acumatica has no payment.", ()),
    "scheduled": ("waiting", None, "0 0", "Scheduled in Stampli, not paid yet.", ()),
    "scheduled, paid twice": (
        "break",
        "R02",
        "0 19200.00",
        "Only scheduled in Stampli, but paid in Acumatica by Payment 1, Payment 2.",
        ("Payment 1", "Payment 2"),
    ),
    "failed": ("matched", None, "0 0", "Failed in Stampli, not paid in Acumatica.", ()),
    "failed, paid": (
        "break",
        "R09",
        "0 9600.00",
        "Failed in Stampli, but paid in Acumatica by Payment 1.",
        ("Payment 1",),
    ),
    "voided": ("matched", None, "0 0", "Voided in Stampli, not paid in Acumatica.", ()),
    "voided, paid": (
        "break",
        "R07",
        "0 9600.00",
        "Voided in Stampli, but paid in Acumatica by Payment 1.",
        ("Payment 1",),
    ),
    "status unknown": ("break", "R27", "0 0", "The payment's status 'Sailing' is not known to this connection.", ()),
    "status empty": (
        "break",
        "R27",
        "0 9600.00",
        "The payment's status 'empty' is not known to this connection.",
        ("Payment 1",),
    ),
    "entered": ("break", "R23", "9600.00 0", "Payment 1 is entered in Acumatica but not released (Balanced).", ()),
    "entered, on its way": (
        "waiting",
        None,
        "9600.00 0",
        "Payment 1 is entered in Acumatica but not released (Balanced).",
        (),
    ),
    "voided there": ("break", "R08", "9600.00 0", "Payment 1 is voided in Acumatica; Stampli shows it as paid.", ()),
    "voided there, named by the invoice": (
        "break",
        "R08",
        "9600.00 0",
        "Payment 1 is voided in Acumatica; Stampli shows it as paid.",
        (),
    ),
    "another vendor": (
        "break",
        "R11",
        "9600.00 9600.00",
        "Paid to V10004 in Stampli, to V10001 in Acumatica.",
        ("Payment 1",),
    ),
    "another currency": (
        "break",
        "R20",
        "9600.00 9600.00",
        "Paid in USD in Stampli, in CAD in Acumatica.",
        ("Payment 1",),
    ),
    "another amount": (
        "break",
        "R03",
        "9600.00 9700.00",
        "Stampli paid 9,600.00, Acumatica 9,700.00: 100.00 of difference.",
        ("Payment 1",),
    ),
    "a credit was used": (
        "break",
        "R05",
        "9600.00 9000.00",
        "Stampli paid 9,600.00, Acumatica 9,000.00; a credit of 600.00 was applied there.",
        ("Payment 1",),
    ),
    "a part is not applied": (
        "break",
        "R06",
        "9600.00 5000.00",
        "Stampli paid 9,600.00, Acumatica 5,000.00 for this bill; 4,600.00 of the payment is not applied.",
        ("Payment 1",),
    ),
    "discount in Acumatica alone": (
        "explained",
        "R04",
        "9600.00 9500.00",
        "Stampli paid 9,600.00, Acumatica 9,500.00 and 100.00 of discount taken.",
        ("Payment 1",),
    ),
    "discount on both sides": (
        "explained",
        "R04",
        "9500.00 9500.00",
        "Paid 9,500.00 and 100.00 of discount taken.",
        ("Payment 1",),
    ),
    "discount of another figure": (
        "break",
        "R04",
        "9500.00 9500.00",
        "Discount 90.00 in Stampli, 100.00 in Acumatica.",
        ("Payment 1",),
    ),
    "discount lapsed": (
        "break",
        "R04",
        "9500.00 9500.00",
        "The discount lapsed in Acumatica: 100.00 of the bill is still open.",
        ("Payment 1",),
    ),
    "applied to nothing": (
        "break",
        "R13",
        "9600.00 9600.00",
        "Payment 1 in Acumatica is applied to nothing.",
        ("Payment 1",),
    ),
    "a part only": (
        "break",
        "R06",
        "5000.00 9600.00",
        "Acumatica has 2 payments, 9,600.00 in all: Payment 1, Payment 2; the invoice is 9,600.00.",
        ("Payment 1", "Payment 2"),
    ),
    "twice": (
        "break",
        "R14",
        "9600.00 19200.00",
        "Acumatica has 2 payments, 19,200.00 in all: Payment 1, Payment 2; the invoice is 9,600.00.",
        ("Payment 1", "Payment 2"),
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_every_word_tells_both_figures_and_names_the_payments(name: str) -> None:
    payment, checks = CASES[name]
    line = match(payment, *checks)
    assert shown(line) == EXPECTED[name]
    entry = catalogue_entry(line.code) if line.code is not None else None
    assert (line.fix, line.who) == ((entry.fix, entry.who) if entry is not None else ("", "ap"))


def test_a_line_tells_whose_money_for_which_bill_and_when() -> None:
    link = replace(a_link("A", "9600.00"), currency="CAD")
    unstated = replace(a_payment("A", "9600.00"), amount=Money(Decimal("9600.00"), UNSTATED))
    line = match(a_payment("A", "9600.00"), link=a_link("A", "9600.00"))
    assert (line.payment_id, line.vendor_id, line.invoice_number, line.currency) == ("P-A", "V10004", "A", "USD")
    assert (line.paid_on, line.invoice_id, line.bill) == (PAID_ON, "i-A", BillKey("Bill", "000001"))
    undated = match(a_payment("A", "9600.00", payment_date=None), a_check("1", "9600.00", dated_on=date(2026, 9, 1)))
    assert undated.paid_on == date(2026, 9, 1)
    assert match(a_payment("A", "9600.00", payment_date=None), link=link).paid_on is None
    assert match(unstated, link=link).currency == "CAD"


def test_a_line_without_an_invoice_of_ours_names_none() -> None:
    (line,) = match_payments([a_payment("A", "9600.00")], [], [], POLICY)
    assert (line.invoice_id, line.bill, line.message) == (
        None,
        None,
        "Stampli paid 9,600.00; Acumatica has no payment.",
    )


def test_a_payment_twice_of_an_invoice_we_never_saw_tells_no_amount_of_it() -> None:
    checks = [a_check("1", "9.00", "7", vendor_ref="A"), a_check("2", "9.00", "7", vendor_ref="A")]
    (line,) = match_payments([a_payment("A", "9.00")], checks, [], POLICY)
    assert shown(line) == (
        "break",
        "R14",
        "9.00 18.00",
        "Acumatica has 2 payments, 18.00 in all: Payment 1, Payment 2.",
        ("Payment 1", "Payment 2"),
    )


def test_what_a_payment_is_more_than_its_invoices_is_a_line_of_its_own() -> None:
    payment = replace(a_payment("A", "9600.00", "sent"), amount=usd("9700.00"))
    first, _ = match_payments([payment], [a_check("1", "9600.00")], [a_link("A", "9600.00")], POLICY)
    entry = catalogue_entry("R03")
    assert first == PaymentLine(
        payment_id="P-A",
        result="break",
        vendor_id="V10004",
        invoice_number=None,
        currency="USD",
        stampli=Decimal("100.00"),
        acumatica=Decimal(0),
        code="R03",
        message="The payment is 9,700.00, its invoices add up to 9,600.00.",
        fix=entry.fix,
        who=entry.who,
        paid_on=PAID_ON,
    )


@pytest.mark.parametrize("status", ["scheduled", "failed", "voided", None])
def test_a_payment_that_paid_nothing_is_not_held_against_its_sum(status: Any) -> None:
    payment = replace(a_payment("A", "9600.00", status), amount=usd("9700.00"))
    assert len(match_payments([payment], [], [a_link("A", "9600.00")], POLICY)) == 1


def test_a_share_of_a_payment_that_is_applied_to_nothing_counts_for_its_invoice_alone() -> None:
    payment = replace(a_payment("A", "100.00", reference="CHK-77"), amount=usd("100.00"))
    check = replace(a_check("1", "100.00", None, payment_ref="CHK-77"), applications=())
    line = match(payment, check)
    assert (line.code, line.acumatica, line.checks) == ("R13", Decimal("100.00"), ("Payment 1",))


def test_a_credit_that_is_not_the_difference_explains_nothing() -> None:
    credit = a_check("C", "500.00", type="Debit Adj.")
    line = match(a_payment("A", "9600.00"), a_check("1", "9000.00"), credit)
    assert (line.code, line.message) == ("R03", "Stampli paid 9,600.00, Acumatica 9,000.00: 600.00 of difference.")


def test_a_discount_that_is_not_the_difference_explains_nothing() -> None:
    line = match(a_payment("A", "9600.00"), a_check("1", "9400.00", discount="100.00"))
    assert (line.code, line.message) == ("R03", "Stampli paid 9,600.00, Acumatica 9,400.00: 200.00 of difference.")


def test_what_is_not_applied_explains_only_what_it_covers() -> None:
    line = match(a_payment("A", "9600.00"), a_check("1", "6000.00", applied="5000.00"))
    assert (line.code, line.message) == ("R03", "Stampli paid 9,600.00, Acumatica 5,000.00: 4,600.00 of difference.")
    more = match(a_payment("A", "4999.50"), a_check("1", "6000.00", applied="5000.00"))
    assert (more.code, more.message) == ("R03", "Stampli paid 4,999.50, Acumatica 5,000.00: 0.50 of difference.")


def test_an_application_to_a_credit_takes_off_whatever_its_sign() -> None:
    link = replace(a_link("A", "10.00"), bill=BillKey("Debit Adj.", "1"))
    payment = a_payment("A", "-10.00")
    for amount in ("10.00", "-10.00"):
        used = CheckApplication(BillKey("Debit Adj.", "1"), Decimal(amount), Decimal(0), None, True)
        check = replace(a_check("1", "90.00"), applications=(used,))
        (line,) = match_payments([payment], [check], [link], POLICY)
        assert (line.result, line.acumatica) == ("matched", Decimal("-10.00"))
