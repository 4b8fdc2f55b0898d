"""Credit memos: a debit adjustment whichever sign the file has, never applied to anything by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.firm import Firm
from tests.papers import approved, overhead
from tests.scenarios.reading import a_header, codings_of, credit, debit, fate_of, header_of, proven


@pytest.mark.parametrize(
    ("amount", "kind"),
    [("-250.00", "Credit Memo"), ("250.00", "Credit Memo"), ("-250.00", "Invoice")],
    ids=["negative credit memo", "positive credit memo", "negative invoice"],
)
def test_a_credit_becomes_a_debit_adjustment_with_positive_amounts(firm: Firm, amount: str, kind: str) -> None:
    firm.drop_invoices(approved("CM-0417", overhead(amount), vendor="V10004", kind=kind))

    outcome = firm.sync()

    truth = firm.truth()
    document = truth.bill_of("V10004", "CM-0417")
    assert (outcome.exit_code, fate_of(outcome, "CM-0417")) == (0, ("posted", "Open"))
    # Terms are not used in debit adjustments, so there is no due date (ap_domain.md 1.4).
    assert header_of(document) == a_header("250.00", Type="Debit Adj.", DueDate=None)
    assert codings_of(document) == [(Decimal("250.00"), "61000/X/-/-")]
    assert truth.ledger_of(document) == [debit("20000", "250.00"), credit("61000", "250.00")]
    assert proven(firm) == (0, "0.00", 1, "0.00")


def test_a_credit_beside_its_invoice_leaves_both_balances_as_they_are(firm: Firm) -> None:
    firm.drop_invoices(
        approved("MR-5520", overhead("1000.00"), vendor="V10004"),
        approved("CM-0417", overhead("-250.00"), vendor="V10004", kind="Credit Memo", applies_to="MR-5520"),
    )

    assert firm.sync().exit_code == 0

    truth = firm.truth()
    assert {bill["VendorRef"]: Decimal(bill["Balance"]) for bill in truth.bills} == {
        "MR-5520": Decimal("1000.00"),
        "CM-0417": Decimal("250.00"),
    }
    assert list(truth.checks) == []
    assert firm.prove().document[0]["approved_total"] == "750.00"
