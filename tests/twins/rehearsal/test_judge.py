"""A rehearsal that cannot fail proves nothing: each check here passes on sound evidence and fails on each flaw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector_twins.rehearsal.judge.attachments import attached
from ml_connector_twins.rehearsal.judge.evidence import Books, Evidence, judge
from ml_connector_twins.rehearsal.judge.files import delivered_again, file_ends
from ml_connector_twins.rehearsal.judge.invoices import booked, no_stray_bills, not_taken, refused, waits
from ml_connector_twins.rehearsal.judge.payments import break_closed, break_open, payment_ends, reconciled
from ml_connector_twins.rehearsal.judge.proof import exits_as_planted, proven
from ml_connector_twins.rehearsal.plan import invoices as plant
from ml_connector_twins.rehearsal.product import Outcome
from ml_connector_twins.stampli.outgoing import Payment

BILL: dict[str, Any] = {
    "Type": "Bill",
    "ReferenceNbr": "000101",
    "Vendor": "V10005",
    "VendorRef": "INV-8841",
    "Status": "Open",
    "Amount": "1284.37",
    "Details": [{"Amount": "1284.37", "Account": "61000", "Subaccount": "0110000", "Project": "X"}],
}
ENTRIES = (
    {"document": "Bill 000101", "account": "61000", "debit": "1284.37", "credit": "0"},
    {"document": "Bill 000101", "account": "20000", "debit": "0", "credit": "1284.37"},
)
ROW = {"external_id": "910001", "state": "posted", "findings": []}


def outcome(document: object, exit_code: int = 0) -> Outcome:
    return Outcome("words", exit_code, document, 0.1)


def evidence(
    *,
    invoices: Sequence[Mapping[str, Any]] = (ROW,),
    books: Books | None = None,
    files: Sequence[Mapping[str, Any]] = (),
    sync: object = None,
    sync_exit: int = 0,
    prove: object = None,
    reconcile: object = None,
) -> Evidence:
    return Evidence(
        day=1,
        on=date(2026, 10, 14),
        syncs=(outcome(sync, sync_exit),),
        prove=outcome(prove),
        reconcile=outcome(reconcile),
        invoice_list=outcome(list(invoices)),
        file_list=outcome(list(files)),
        books=books or Books(bills=(BILL,), entries=ENTRIES),
        received=(),
        new_names=frozenset(),
    )


def test_an_invoice_booked_as_planted_is_found_so() -> None:
    verdict = judge(booked("overhead", plant.OVERHEAD), evidence())
    assert (verdict.ok, verdict.found) == (True, "posted (Bill 000101 1,284.37 Open)")


@pytest.mark.parametrize(
    "books",
    [
        Books(),
        Books(bills=(BILL, BILL | {"ReferenceNbr": "000102"}), entries=ENTRIES),
        Books(bills=(BILL | {"Type": "Debit Adj."},), entries=ENTRIES),
        Books(bills=(BILL | {"Status": "On Hold"},), entries=ENTRIES),
        Books(bills=(BILL | {"Amount": "1284.36"},), entries=ENTRIES),
        Books(bills=(BILL | {"Details": [BILL["Details"][0] | {"Account": "50200"}]},), entries=ENTRIES),
        Books(bills=(BILL | {"Details": [BILL["Details"][0] | {"Amount": "1284.36"}]},), entries=ENTRIES),
        Books(bills=(BILL,), entries=()),
        Books(bills=(BILL,), entries=ENTRIES[1:]),
    ],
)
def test_each_flaw_of_a_bill_is_seen(books: Books) -> None:
    assert not judge(booked("overhead", plant.OVERHEAD), evidence(books=books)).ok


def test_a_state_that_is_not_posted_is_seen() -> None:
    assert not judge(booked("overhead", plant.OVERHEAD), evidence(invoices=(ROW | {"state": "posting"},))).ok


def test_an_attachment_is_on_its_one_bill_once_and_whole() -> None:
    scan = plant.scan_of(plant.OVERHEAD)
    file = {"name": "Bills and Adjustments (Bill, 000101)\\INV-8841.pdf", "size": len(scan)}
    other = {"name": file["name"], "size": 0}

    def found(*bills: Sequence[Mapping[str, Any]]) -> bool:
        books = Books(bills=tuple({**BILL, "files": files} for files in bills))
        return judge(attached("case", plant.OVERHEAD, scan), evidence(books=books)).ok

    assert found([file])
    assert [found([]), found([other]), found([file, file]), found([file], [file])] == [False] * 4


def test_a_refusal_needs_its_code_its_suggestion_and_no_bill() -> None:
    finding = {"code": "V03", "suggestions": ["V10012"]}
    row = {"external_id": "910012", "state": "needs_attention", "findings": [finding]}
    expected = refused("inactive", plant.INACTIVE_VENDOR, "V03", suggestion="V10012")
    empty = Books()
    assert judge(expected, evidence(invoices=(row,), books=empty)).ok
    bill = BILL | {"Vendor": "V10008", "VendorRef": "GC-0980"}
    for spoilt in (
        evidence(invoices=(row | {"findings": []},), books=empty),
        evidence(invoices=(row | {"findings": [finding | {"suggestions": []}]},), books=empty),
        evidence(invoices=(row | {"state": "posted"},), books=empty),
        evidence(invoices=(row,), books=Books(bills=(bill,))),
        evidence(invoices=(), books=empty),
    ):
        assert not judge(expected, spoilt).ok


def test_waiting_and_untaken_invoices_have_no_bill() -> None:
    waiting = {"external_id": "910006", "state": "received"}
    assert judge(waits("not final", plant.NOT_FINAL_YET), evidence(invoices=(waiting,))).ok
    assert not judge(waits("not final", plant.NOT_FINAL_YET), evidence(invoices=(waiting | {"state": "posted"},))).ok
    assert judge(not_taken("bad row", plant.BAD_ROW), evidence()).ok
    spoilt = Books(bills=(BILL | {"VendorRef": plant.BAD_ROW.invoice_number},))
    assert not judge(not_taken("bad row", plant.BAD_ROW), evidence(books=spoilt)).ok


def test_a_bill_of_no_invoice_and_a_second_one_are_strays() -> None:
    expected = no_stray_bills([plant.OVERHEAD], by_hand=[("V10004", "MR-5498")])
    assert judge(expected, evidence()).ok
    assert not judge(expected, evidence(books=Books(bills=(BILL, BILL)))).ok
    assert not judge(expected, evidence(books=Books(bills=(BILL | {"VendorRef": "OTHER"},)))).ok


def test_files_are_judged_by_their_newest_row() -> None:
    rows = (
        {"name": "a.csv", "state": "waiting", "documents": 0, "first_seen_at": "2026-10-14T06:00:00Z"},
        {"name": "a.csv", "state": "settled", "documents": 2, "first_seen_at": "2026-10-15T06:00:00Z"},
    )
    expected = file_ends("a file", "a.csv", ("settled",), expected="read", documents=2)
    assert judge(expected, evidence(files=rows)).ok
    assert not judge(expected, evidence(files=rows[:1])).ok
    assert not judge(expected, evidence()).ok


def test_a_second_delivery_may_not_be_taken_again() -> None:
    expected = delivered_again("again", "a.csv")
    assert judge(expected, evidence(sync={"files": [{"name": "a.csv", "state": "repeat"}]})).ok
    assert not judge(expected, evidence(sync={"files": [{"name": "a.csv", "state": "taken"}]})).ok


def test_reconciliation_is_counted_again_from_the_books() -> None:
    payment = Payment("P-1", date(2026, 10, 15), Decimal("100.00"))
    totals = {"stampli_paid": "100.00", "acumatica_paid": "90.00", "unexplained": "0.00"}
    checks = (
        {"Status": "Closed", "PaymentAmount": "90.00"},
        {"Status": "Voided", "PaymentAmount": "5.00"},
        {"Status": "Balanced", "PaymentAmount": "7.00"},
    )
    expected = reconciled([payment])
    books = Books(checks=checks)
    assert judge(expected, evidence(books=books, reconcile={"totals": totals})).ok
    for name, wrong in (("stampli_paid", "99.00"), ("acumatica_paid", "95.00"), ("unexplained", "0.01")):
        assert not judge(expected, evidence(books=books, reconcile={"totals": totals | {name: wrong}})).ok
    assert not judge(expected, evidence(books=books)).ok


def test_a_break_has_its_code_and_difference_until_it_closes() -> None:
    shown = {"breaks": [{"code": "R01", "invoice_number": "MR-5520", "difference": "-10000.00"}]}
    opened = break_open("missing", "MR-5520", "R01", Decimal("-10000.00"))
    closed = break_closed("mended", "MR-5520")
    assert judge(opened, evidence(reconcile=shown)).ok
    assert not judge(opened, evidence(reconcile={"breaks": []})).ok
    assert not judge(break_open("missing", "MR-5520", "R01", Decimal("-1.00")), evidence(reconcile=shown)).ok
    assert judge(closed, evidence(reconcile={"breaks": []})).ok
    assert not judge(closed, evidence(reconcile=shown)).ok


def test_payments_end_in_their_result_and_code() -> None:
    shown = {"payments": [{"payment_id": "P-1", "result": "explained", "code": "R04"}]}
    assert judge(payment_ends("discount", "P-1", "explained", code="R04"), evidence(sync=shown)).ok
    assert not judge(payment_ends("discount", "P-1", "matched"), evidence(sync=shown)).ok
    assert not judge(payment_ends("discount", "P-2", "explained"), evidence(sync=shown)).ok


def test_the_proof_must_be_even_and_exit_codes_as_planted() -> None:
    even = [{"currency": "USD", "residual": "0.00", "missing": [], "twice": []}]
    assert judge(proven(), evidence(prove=even)).ok
    for spoilt in ([], [even[0] | {"residual": "0.01"}], [even[0] | {"missing": ["x"]}], [even[0] | {"twice": ["x"]}]):
        assert not judge(proven(), evidence(prove=spoilt)).ok
    assert judge(exits_as_planted(person_needed=True), evidence(sync_exit=1)).ok
    assert not judge(exits_as_planted(person_needed=True), evidence(sync_exit=3)).ok


def test_a_silent_product_passes_nothing() -> None:
    silent = replace(evidence(invoices=(), books=Books()), syncs=(outcome(None, 70),))
    assert not judge(booked("overhead", plant.OVERHEAD), silent).ok
    assert not judge(proven(), silent).ok
    assert not judge(exits_as_planted(person_needed=False), silent).ok
