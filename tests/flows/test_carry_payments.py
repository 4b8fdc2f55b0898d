"""Payments back: taken in once, matched by our invoices, told again where either side changed; and what is paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import Check, CheckApplication, PaymentApplication, StampliPayment
from ml_connector.domain.values.posting import PostingState
from ml_connector.flows.catalog import PassReport
from ml_connector.flows.payments.carry_payments import carry_payments
from ml_connector.flows.payments.reconcile_payments import reconcile_payments
from ml_connector.problems import Problem
from tests.builders import usd
from tests.flows.in_memory.erp import NOT_SENT
from tests.flows.in_memory.exchange import BROKEN
from tests.flows.in_memory.house import House, a_house

PAID_ON = date(2026, 10, 13)
NUMBER = BillKey("Bill", "000001")


def a_payment(amount: str = "1284.37", **members: Any) -> StampliPayment:
    """Stampli paid INV-8841."""
    application = PaymentApplication("INV-8841", "ST-8841", "V10005", usd(amount))
    values: dict[str, Any] = {
        "payment_id": "P-1",
        "status": "cleared",
        "status_word": "Cleared",
        "amount": usd(amount),
        "applications": (application,),
        "payment_date": PAID_ON,
        "vendor_id": "V10005",
    }
    return StampliPayment(**{**values, **members})


def a_check(house: House, amount: str = "1284.37", *, number: str = "000009", bill: BillKey = NUMBER) -> Check:
    """Acumatica paid a bill, and says when that record changed."""
    application = CheckApplication(bill, Decimal(amount), Decimal(0), "INV-8841", released=True)
    return Check(
        "Payment",
        number,
        "Closed",
        "V10005",
        Decimal(amount),
        "USD",
        (application,),
        PAID_ON,
        modified_at=house.clock.now(),
    )


def enter(house: House, check: Check, *, bill_status: str | None = "Closed") -> None:
    """The payment stands in Acumatica, and its bill as that leaves it."""
    house.erp.checks[(check.type, check.number)] = check
    if bill_status is not None:
        house.erp.change(NUMBER, status=bill_status)


def a_paying_house() -> tuple[House, str]:
    """A house with one booked invoice."""
    house = a_house()
    invoice_id = house.ready()
    house.post()
    return house, invoice_id


def carry(house: House) -> PassReport:
    """One pass of payments, an hour later."""
    house.clock.sleep(3600)
    return carry_payments(house.context())


def results(report: PassReport) -> list[tuple[str, str, str | None]]:
    """Payment, result and code."""
    return [(record.payment.payment_id, record.result, record.code) for record in report.payments]


def test_a_payment_that_both_systems_know_is_matched_and_its_invoice_paid() -> None:
    house, invoice_id = a_paying_house()
    enter(house, a_check(house))
    house.exchange.drop_payments("p.csv", a_payment())
    report = carry(house)
    assert (results(report), report.errors) == ([("P-1", "matched", None)], ())
    assert [(file.name, file.state) for file in report.files] == [("p.csv", "settled")]
    record = house.invoices.rows[invoice_id]
    assert (record.paid, record.posting.bill_status) == (True, "Closed")


def test_a_payment_that_acumatica_does_not_know_is_a_break_until_it_does() -> None:
    house, _ = a_paying_house()
    house.clock.sleep(7 * 86_400)
    house.exchange.drop_payments("p.csv", a_payment())
    assert results(carry(house)) == [("P-1", "break", "R01")]
    enter(house, a_check(house))
    assert results(carry(house)) == [("P-1", "matched", None)]
    told = [note.note for note in house.files.notes if note.event.startswith("payment.") and "P-1: " in note.note]
    assert told == ["payment P-1: Cleared", "payment P-1: break R01", "payment P-1: matched"]


def test_nothing_new_is_written_and_nothing_read_twice() -> None:
    house, _ = a_paying_house()
    enter(house, a_check(house))
    house.exchange.drop_payments("p.csv", a_payment())
    carry(house)
    notes, bills, checks = len(house.files.notes), house.erp.calls("bill"), house.erp.calls("check")
    carry(house)
    assert (len(house.files.notes), house.erp.calls("bill"), house.erp.calls("check")) == (notes, bills, checks)


def test_the_same_payment_in_a_second_file_adds_nothing_and_a_newer_word_replaces_it() -> None:
    house, _ = a_paying_house()
    house.exchange.drop_payments("p.csv", a_payment(status="sent", status_word="Sent"))
    carry(house)
    first = house.payments.load_payments()[0]
    house.exchange.drop_payments("q.csv", a_payment(status="sent", status_word="Sent"), a_payment(payment_id="P-2"))
    carry(house)
    assert house.payments.load_payments()[0].source == first.source
    house.exchange.drop_payments("r.csv", a_payment(status="voided", status_word="Void"))
    carry(house)
    record = house.payments.load_payments()[0]
    assert (record.id, record.payment.status, record.source.file_name) == (first.id, "voided", "r.csv")


def test_a_payment_told_twice_in_one_file_is_as_its_last_row_says() -> None:
    house, _ = a_paying_house()
    house.exchange.drop_payments("p.csv", a_payment(status="sent", status_word="Sent"), a_payment())
    assert [record.payment.status for record in carry(house).payments] == ["cleared"]


def test_a_file_that_cannot_be_read_whole_adds_no_payment() -> None:
    house, _ = a_paying_house()
    problem = Problem("file.cut", "the file looks cut", "p.csv", scope="file")
    house.exchange.drop_payments("p.csv", a_payment(), problems=[problem])
    report = carry(house)
    assert ([file.state for file in report.files], report.payments) == (["refused"], ())


def test_payment_files_are_cleared_away_too() -> None:
    house, _ = a_paying_house()
    house.exchange.after["payments"] = "move"
    house.exchange.drop_payments("p.csv", a_payment())
    carry(house)
    assert (house.exchange.names("payments"), house.exchange.moved) == (set(), ["p.csv"])


def test_files_out_of_reach_leave_the_matching_of_known_payments() -> None:
    house, _ = a_paying_house()
    house.exchange.drop_payments("p.csv", a_payment())
    carry(house)
    enter(house, a_check(house))
    house.exchange.faults["list_arrivals"] = BROKEN
    report = carry(house)
    assert (report.errors, results(report)) == ((BROKEN,), [("P-1", "matched", None)])


def test_acumatica_out_of_reach_leaves_what_was_taken_in() -> None:
    house, _ = a_paying_house()
    house.exchange.drop_payments("p.csv", a_payment())
    house.erp.fail("checks", NOT_SENT)
    report = carry(house)
    assert (report.errors, results(report)) == ((NOT_SENT,), [("P-1", "waiting", None)])


# What is read of Acumatica's payments.


def test_no_payment_is_read_while_there_is_nothing_to_pay() -> None:
    house = a_house()
    carry(house)
    assert house.erp.calls("checks") == []


def test_the_first_reading_goes_back_to_a_month_before_our_first_invoice_or_to_the_cut_over() -> None:
    house, _ = a_paying_house()
    carry(house)
    assert house.erp.calls("checks") == ["2026-09-03 00:00:00+00:00"]
    house.terms = replace(house.terms, cut_over=date(2026, 1, 1))
    carry(house)
    assert house.erp.calls("checks")[-1] == "2025-12-31 00:00:00+00:00"


def test_later_readings_begin_a_day_before_the_newest_record() -> None:
    house, _ = a_paying_house()
    check = a_check(house)
    enter(house, check)
    carry(house)
    carry(house)
    assert house.erp.calls("checks")[-1] == str((check.modified_at or house.clock.now()) - timedelta(hours=24))


def test_a_changed_payment_is_read_again() -> None:
    house, _ = a_paying_house()
    enter(house, a_check(house))
    house.exchange.drop_payments("p.csv", a_payment())
    carry(house)
    house.clock.sleep(60)
    enter(house, replace(a_check(house, "1000.00"), modified_at=house.clock.now()), bill_status="Open")
    assert results(carry(house)) == [("P-1", "break", "R03")]


def aged(house: House, number: str, days: float, status: str = "Closed", bill: BillKey = NUMBER) -> Check:
    """A payment that changed so many days ago."""
    check = a_check(house, "10.00", number=number, bill=bill)
    return replace(check, status=status, modified_at=house.clock.now() - timedelta(days=days))


def known_numbers(house: House) -> list[str]:
    """The payments we have read."""
    return sorted(check.number for check in house.payments.load_checks())


def test_a_look_that_ends_half_way_is_taken_up_where_it_ended() -> None:
    """The newest is listed first: read first, it would hide the older ones from the next look (acumatica_api 4.2)."""
    house, _ = a_paying_house()
    for number, days in (("000021", 0), ("000022", 5), ("000023", 10)):
        enter(house, aged(house, number, days), bill_status=None)
    house.erp.meanwhile("check", lambda: house.erp.fail("check", NOT_SENT), side="after")
    assert carry(house).errors == (NOT_SENT,)
    assert known_numbers(house) == ["000023"]

    assert carry(house).errors == ()
    assert known_numbers(house) == ["000021", "000022", "000023"]


def test_what_was_read_before_a_look_ended_half_way_is_told_of_its_bill_and_proves_no_break() -> None:
    house, invoice_id = a_paying_house()
    enter(house, a_check(house))
    house.exchange.drop_payments("p.csv", a_payment())
    carry(house)
    house.clock.sleep(60)
    enter(house, replace(a_check(house), applications=(), status="Voided"), bill_status="Open")
    house.clock.sleep(60)
    enter(house, aged(house, "000031", 0), bill_status=None)
    house.erp.meanwhile("check", lambda: house.erp.fail("check", NOT_SENT), side="after")
    report = carry(house)

    assert (report.errors, results(report)) == ((NOT_SENT,), [("P-1", "matched", None)])
    assert not house.invoices.rows[invoice_id].paid


def test_a_payment_dated_in_the_future_does_not_hide_what_changes_until_then() -> None:
    house, _ = a_paying_house()
    enter(house, aged(house, "000041", -400), bill_status=None)
    carry(house)
    house.clock.sleep(3 * 86_400)
    enter(house, aged(house, "000042", 2), bill_status=None)
    carry(house)
    assert known_numbers(house) == ["000041", "000042"]


def test_a_payment_that_was_deleted_before_its_release_is_forgotten_and_a_released_one_never() -> None:
    house, _ = a_paying_house()
    enter(house, aged(house, "000051", 20, "Balanced"), bill_status=None)
    enter(house, aged(house, "000052", 20, "Balanced"), bill_status=None)
    enter(house, aged(house, "000053", 0), bill_status=None)
    carry(house)
    for number in ("000051", "000053"):
        del house.erp.checks["Payment", number]
    house.clock.sleep(3 * 86_400)
    carry(house)
    assert known_numbers(house) == ["000052", "000053"]


def test_a_payment_that_is_not_released_for_months_does_not_make_the_list_ever_longer() -> None:
    house, _ = a_paying_house()
    newest = aged(house, "000062", 0)
    enter(house, aged(house, "000061", 40, "On Hold"), bill_status=None)
    enter(house, newest, bill_status=None)
    carry(house)
    carry(house)
    assert newest.modified_at is not None
    assert house.erp.calls("checks")[-1] == str(newest.modified_at - timedelta(days=32))


def test_reconciling_takes_no_news_from_the_next_pass() -> None:
    house, invoice_id = a_paying_house()
    enter(house, a_check(house))
    carry(house)
    house.clock.sleep(60)
    enter(house, replace(a_check(house), applications=(), status="Voided"), bill_status="Open")
    reconcile_payments(house.context(), None)
    carry(house)
    assert not house.invoices.rows[invoice_id].paid


# What is paid.


def test_a_bill_paid_with_the_help_of_a_credit_is_paid() -> None:
    house, invoice_id = a_paying_house()
    enter(house, a_check(house, "1000.00"))
    carry(house)
    assert house.invoices.rows[invoice_id].paid


def test_a_bill_paid_in_part_is_not_paid_and_not_read_again_and_again() -> None:
    house, invoice_id = a_paying_house()
    enter(house, a_check(house, "1000.00"), bill_status="Open")
    carry(house)
    bills = len(house.erp.calls("bill"))
    carry(house)
    assert (house.invoices.rows[invoice_id].paid, len(house.erp.calls("bill"))) == (False, bills)


def test_a_payment_taken_back_leaves_the_invoice_unpaid() -> None:
    house, invoice_id = a_paying_house()
    enter(house, a_check(house))
    carry(house)
    house.clock.sleep(60)
    enter(house, replace(a_check(house), applications=(), modified_at=house.clock.now()), bill_status="Open")
    carry(house)
    record = house.invoices.rows[invoice_id]
    assert (record.paid, record.posting.bill_status) == (False, "Open")


def test_a_covered_bill_that_was_not_closed_yet_is_read_until_it_is() -> None:
    house, invoice_id = a_paying_house()
    enter(house, a_check(house), bill_status="Open")
    carry(house)
    house.erp.change(NUMBER, status="Closed")
    carry(house)
    assert house.invoices.rows[invoice_id].paid


def test_a_voided_bill_is_told_as_that() -> None:
    house, invoice_id = a_paying_house()
    enter(house, a_check(house), bill_status="Voided")
    carry(house)
    record = house.invoices.rows[invoice_id]
    assert (record.paid, record.posting.bill_status) == (False, "Voided")


def test_numbers_are_compared_as_the_server_does() -> None:
    house, invoice_id = a_paying_house()
    enter(house, a_check(house, bill=BillKey("bill", "000001 ")))
    carry(house)
    assert house.invoices.rows[invoice_id].paid


def test_an_invoice_without_a_bill_is_never_paid() -> None:
    house = a_house()
    invoice_id = house.ready()
    posting = replace(house.posting(invoice_id), state=PostingState.PERSON, reason="exists")
    house.invoices.rows[invoice_id] = replace(house.invoices.rows[invoice_id], posting=posting)
    carry(house)
    assert not house.invoices.rows[invoice_id].paid


# Reconcile.


def test_reconciliation_adds_both_sides_up_and_writes_nothing() -> None:
    house, _ = a_paying_house()
    enter(house, a_check(house, "1000.00"))
    house.exchange.drop_payments("p.csv", a_payment())
    carry(house)
    notes = len(house.files.notes)
    reconciled = reconcile_payments(house.context(), None)
    totals = reconciled.totals
    assert (totals.stampli_paid, totals.acumatica_paid, totals.difference) == (
        Decimal("1284.37"),
        Decimal("1000.00"),
        Decimal("-284.37"),
    )
    assert totals.unexplained == 0
    assert [line.code for line in reconciled.lines] == ["R03"]
    assert len(house.files.notes) == notes


def test_reconciliation_of_a_month_takes_its_payments_only() -> None:
    house, _ = a_paying_house()
    enter(house, a_check(house))
    house.exchange.drop_payments("p.csv", a_payment())
    carry(house)
    assert [line.payment_id for line in reconcile_payments(house.context(), "2026-10").lines] == ["P-1"]
    assert reconcile_payments(house.context(), "2026-11").lines == ()


def test_a_payment_that_a_later_snapshot_leaves_out_is_told_and_kept() -> None:
    house, _ = a_paying_house()
    house.exchange.modes["payments"] = "snapshot"
    other = a_payment(payment_id="P-2")
    house.exchange.drop_payments("p1.csv", a_payment(), other)
    carry(house)
    house.exchange.drop_payments("p2.csv", a_payment())
    report = carry(house)
    assert [file.reason for file in report.files] == [
        "no longer in it, as in p1.csv: P-2; nothing was changed for that"
    ]
    assert [record.payment.payment_id for record in report.payments] == ["P-1", "P-2"]
    assert [note.event for note in house.files.notes].count("payment.vanished") == 1


def test_a_file_that_could_not_be_read_whole_or_is_older_is_not_held_against_the_one_before() -> None:
    house, _ = a_paying_house()
    house.exchange.modes["payments"] = "snapshot"
    house.exchange.drop_payments("p1.csv", a_payment(), a_payment(payment_id="P-2"))
    carry(house)
    house.exchange.drop_payments("p2.csv", a_payment(), problems=[Problem("row.short", "too few cells", "p2.csv")])
    carry(house)
    old = house.exchange.outbound["payments"]["p1.csv"].modified_at - timedelta(days=1)
    house.exchange.drop_payments("p0.csv", a_payment(amount="1.00"))
    house.exchange.outbound["payments"]["p0.csv"] = replace(
        house.exchange.outbound["payments"]["p0.csv"], modified_at=old
    )
    carry(house)
    assert [note.event for note in house.files.notes].count("payment.vanished") == 0
