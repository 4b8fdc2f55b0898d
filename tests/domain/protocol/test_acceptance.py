"""What of an acceptance still holds: exactly what was accepted, nothing that came after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.findings import finding_of
from ml_connector.domain.protocol.people.acceptance import bills_named, last_acceptance, let_pass, resume_state
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.decision import Decision
from ml_connector.domain.values.posting import PostingState
from ml_connector.problems import Finding
from tests.builders import NOON, a_posting

FIRST = BillKey("Bill", "000001")
NEAR = finding_of("H03", "invoice_number", found="INV 1", message="It looks like INV 1.")
PRICE = finding_of("P17", "lines[1].unit_price", expected="1.00", found="2.00")
MADE = Decision("i1", "accept", "anna", "", NOON, "content", "payload", (NEAR,))


def passed(*findings: Finding, content: str = "content", payload: str | None = "payload") -> list[str]:
    """The severities after the acceptance of one finding."""
    left = let_pass(findings, MADE, content_hash=content, payload_hash=payload)
    return [finding.severity for finding in left]


def test_what_was_accepted_becomes_a_note_that_names_the_person() -> None:
    assert let_pass([NEAR], MADE, content_hash="content", payload_hash="payload") == (
        replace(NEAR, severity="note", message="It looks like INV 1. Accepted by anna."),
    )
    assert passed(replace(NEAR, message="It looks like INV 1, booked by now.")) == ["note"]
    assert passed() == []


@pytest.mark.parametrize(
    ("findings", "bound"),
    [
        ([NEAR], {"content": "other"}),
        ([NEAR], {"payload": "other"}),
        ([NEAR], {"payload": None}),
        ([NEAR, NEAR], {}),
        ([NEAR, PRICE], {}),
        ([replace(NEAR, found="INV 2")], {}),
    ],
    ids=["another document", "another bill", "no bill", "one more of the kind", "one more", "another look-alike"],
)
def test_anything_else_than_what_was_accepted_asks_again(findings: list[Finding], bound: dict[str, str]) -> None:
    assert set(passed(*findings, **bound)) == {"review"}


def test_the_newest_acceptance_counts() -> None:
    later = replace(MADE, actor="ben")
    assert last_acceptance([MADE, later, replace(MADE, act="reject")]) == later
    assert last_acceptance([replace(MADE, act="reject")]) is None


@pytest.mark.parametrize(
    ("members", "state"),
    [
        ({}, PostingState.READY),
        ({"attempts": 1}, PostingState.UNCERTAIN),
        ({"attempts": 1, "ref": FIRST}, PostingState.RECORDED),
        ({"attempts": 1, "ref": FIRST, "verified_ref": FIRST}, PostingState.VERIFIED),
    ],
)
def test_a_row_that_goes_on_never_asks_blindly_for_a_second_bill(members: dict[str, object], state: str) -> None:
    assert resume_state(replace(a_posting(), state=PostingState.PERSON, **members)) is state  # type: ignore[arg-type]


def test_bills_are_known_by_type_and_number() -> None:
    found = ("Bill/000001", "Debit Adj./000002", "INV/7", "INV 1", "Bill/000001", None)
    findings = [replace(NEAR, found=each) for each in found]
    assert bills_named(findings) == (FIRST, BillKey("Debit Adj.", "000002"))
