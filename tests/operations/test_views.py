"""Records as people and scripts see them: the JSON of the operator contract, whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ml_connector.domain.documents import render_invoice
from ml_connector.domain.findings import finding_of
from ml_connector.domain.matching import PaymentLine
from ml_connector.domain.reconciliation import BookingProof, Difference, ProofEntry, Totals
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.money import Money
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import FileRecord, HistoryEntry, RequestEntry
from ml_connector.errors import ConfigurationError, render_error
from ml_connector.operations.reconciling import render_proof, render_reconciliation
from ml_connector.operations.views import (
    render_file,
    render_finding,
    render_instant,
    render_record,
    render_story,
)
from ml_connector.problems import Problem
from tests.builders import NOON, a_posting, a_record, an_invoice
from tests.store.records import a_payment

BILL = BillKey("Bill", "000001")
FINDING = finding_of(
    "V01", "vendor_id", found="V9", message="Vendor V9 is unknown.", fix="Ask.", suggestions=("V10005",)
)


def test_instants_are_utc_to_the_second() -> None:
    eastern = timezone(timedelta(hours=-4))
    assert render_instant(datetime(2026, 10, 14, 9, 0, 5, 999999, tzinfo=eastern)) == "2026-10-14T13:00:05Z"
    assert render_instant(None) is None


def test_an_invoice_is_shown_with_its_bill_and_findings() -> None:
    posting = a_posting(PostingState.PERSON, ref=BILL, bill_id="guid", bill_status="On Hold", reason="mismatch")
    assert render_record(a_record(posting, findings=(FINDING,)), "release") == {
        "id": "i00000001",
        "external_id": "ST-8841",
        "vendor_id": "V10005",
        "invoice_number": "INV-8841",
        "total": "1284.37",
        "state": "needs_attention",
        "bill": {"type": "Bill", "number": "000001", "id": "guid", "status": "On Hold"},
        "findings": [
            {
                "code": "V01",
                "severity": "stop",
                "field": "vendor_id",
                "expected": None,
                "found": "V9",
                "message": "Vendor V9 is unknown.",
                "fix": "Ask.",
                "who": FINDING.who,
                "suggestions": ["V10005"],
            }
        ],
    }


def test_an_invoice_without_a_bill_has_none() -> None:
    shown = render_record(a_record(a_posting(PostingState.READY), an_invoice(external_id=None)), "release")
    assert (shown["state"], shown["bill"], shown["external_id"], shown["findings"]) == ("ready", None, None, [])


@pytest.mark.parametrize(
    ("currency", "total", "shown"),
    [("JPY", "1200", "1200"), ("USD", "1200", "1200.00"), ("KWD", "1.2", "1.200"), ("USD", "1.005", "1.005")],
)
def test_money_has_the_decimals_of_its_currency(currency: str, total: str, shown: str) -> None:
    record = a_record()
    money = Money(Decimal(total), currency)
    assert render_record(replace(record, invoice=replace(record.invoice, total=money)), "release")["total"] == shown


def test_a_story_tells_everything_about_one_invoice() -> None:
    record = a_record(a_posting(PostingState.DONE, ref=BILL, bill_status="Open"))
    story = render_story(
        record,
        "release",
        history=[HistoryEntry(NOON, "connector", "posting", "asking for the bill, attempt 1")],
        requests=[RequestEntry(NOON, "PUT", "/entity/Default/24.200.001/Bill", None)],
        payments=[a_payment()],
    )
    assert story == {
        **render_record(record, "release"),
        "document": render_invoice(record.invoice),
        "history": [
            {
                "at": "2026-10-14T12:00:00Z",
                "actor": "connector",
                "state": "posting",
                "note": "asking for the bill, attempt 1",
            }
        ],
        "requests": [
            {"at": "2026-10-14T12:00:00Z", "method": "PUT", "path": "/entity/Default/24.200.001/Bill", "status": None}
        ],
        "file": {"id": "f00000001", "name": "invoices_1.csv", "sha256": "ab" * 32, "record": 1, "lines": [2]},
        "payments": [
            {"payment_id": "PAY-1", "status": "cleared", "amount": "1284.50", "result": "waiting", "code": None}
        ],
    }


def test_a_file_is_shown_with_what_is_wrong_with_it() -> None:
    problem = Problem("row.short", "row 3 has too few cells", "a.csv", record=2, line=3, column="Total", value="1,")
    at = datetime(2026, 10, 14, 12, tzinfo=UTC)
    record = FileRecord(
        "f1", "harbor", "approved_invoices", "a.csv", 12, at, at, "taken", "ab" * 32, 2, (problem,), reason="1 problem"
    )
    assert render_file(record) == {
        "id": "f1",
        "name": "a.csv",
        "feed": "approved_invoices",
        "sha256": "ab" * 32,
        "size": 12,
        "state": "taken",
        "documents": 2,
        "first_seen_at": "2026-10-14T12:00:00Z",
        "repeat_of": None,
        "reason": "1 problem",
        "problems": [
            {
                "code": "row.short",
                "message": "row 3 has too few cells",
                "file": "a.csv",
                "record": 2,
                "line": 3,
                "column": "Total",
                "value": "1,",
                "rule": None,
                "scope": "document",
            }
        ],
    }


def test_an_error_is_its_family_code_stage_words_and_fix() -> None:
    error = ConfigurationError("Wrong password", fix="Set it.", stage="sign_in", code="acumatica.sign_in_refused")
    assert render_error(error) == {
        "family": "configuration",
        "code": "acumatica.sign_in_refused",
        "stage": "sign_in",
        "message": "Wrong password",
        "fix": "Set it.",
    }


def test_findings_without_suggestions_have_an_empty_list() -> None:
    assert render_finding(finding_of("V04", "vendor_id", message="On hold."))["suggestions"] == []


def test_a_proof_names_what_is_missing_doubled_and_held() -> None:
    entry = ProofEntry("i1", "V1", "INV-1", Decimal("-12.3"), (BILL,), "gone")
    row = BookingProof(
        "USD",
        approved=4,
        booked_once=1,
        in_flight=1,
        not_posted=(entry,),
        refused=(entry,),
        missing=(entry,),
        approved_total=Decimal("10"),
        booked_total=Decimal("4.5"),
        in_flight_total=Decimal("3"),
        not_posted_total=Decimal("2"),
        files=2,
        documents=5,
        left_out=1,
        left_out_total=Decimal("7"),
        differences=(
            Difference("missing", entry, Decimal("-12.3"), Decimal(0), "It is gone.", "Find it.", "controller"),
        ),
    )
    shown = {
        "id": "i1",
        "vendor_id": "V1",
        "invoice_number": "INV-1",
        "amount": "-12.30",
        "bills": ["Bill/000001"],
        "reason": "gone",
    }
    assert render_proof([row]) == [
        {
            "currency": "USD",
            "approved": 4,
            "booked_once": 1,
            "in_flight": 1,
            "not_posted": 2,
            "missing": [shown],
            "twice": [],
            "held_doubles": [],
            "approved_total": "10.00",
            "booked_total": "4.50",
            "in_flight_total": "3.00",
            "not_posted_total": "2.00",
            "residual": "0.50",
            "files": 2,
            "documents": 5,
            "left_out": 1,
            "left_out_total": "7.00",
            "differences": [
                {
                    "code": "missing",
                    "id": "i1",
                    "vendor_id": "V1",
                    "invoice_number": "INV-1",
                    "bills": ["Bill/000001"],
                    "expected": "-12.30",
                    "found": "0.00",
                    "difference": "12.30",
                    "message": "It is gone.",
                    "fix": "Find it.",
                    "who": "controller",
                }
            ],
            "reasons": [shown, shown],
        }
    ]


def test_a_reconciliation_counts_what_is_right_and_lists_what_is_not() -> None:
    lines = [
        PaymentLine("P-1", "matched", "V1", "INV-1", "USD", Decimal(1), Decimal(1)),
        PaymentLine("P-2", "explained", "V1", "INV-2", "USD", Decimal(1), Decimal(2), code="R04"),
        PaymentLine("P-3", "waiting", "V1", "INV-3", "USD", Decimal(0), Decimal(0)),
        PaymentLine(
            "P-4", "break", "V1", "INV-4", "JPY", Decimal(1200), Decimal(0), "R01", "Not paid.", "Pay it.", "ap"
        ),
    ]
    totals = Totals(Decimal("1202"), Decimal("3"), Decimal("-1199"), Decimal("-1199"), Decimal(0))
    assert render_reconciliation(lines, totals) == {
        "matched": 1,
        "explained": 1,
        "waiting": 1,
        "breaks": [
            {
                "code": "R01",
                "payment_id": "P-4",
                "vendor_id": "V1",
                "invoice_number": "INV-4",
                "stampli": "1200",
                "acumatica": "0",
                "difference": "-1200",
                "message": "Not paid.",
                "fix": "Pay it.",
                "who": "ap",
            }
        ],
        "totals": {
            "stampli_paid": "1202.00",
            "acumatica_paid": "3.00",
            "difference": "-1199.00",
            "explained": "-1199.00",
            "unexplained": "0.00",
        },
    }
