"""S37: an invoice is canceled in Stampli after its bill was released; on instruction the bill is reversed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from tests.firm import Firm, Outcome
from tests.papers import approved, on_job, overhead
from tests.scenarios.reading import codes_of, codings_of, credit, debit, fate_of, finding_of, proven
from tests.scenarios.test_people_decide import decide

INVOICE = approved("MR-5520", overhead("960.00"), on_job("3000.00", "50300", "J2401/01/31-200"), vendor="V10004")


def canceled(firm: Firm) -> Outcome:
    """The invoice is booked and released, then canceled in Stampli; the pass that reads it."""
    firm.drop_invoices(INVOICE)
    assert firm.sync().exit_code == 0
    firm.drop_invoices(replace(INVOICE, status="Canceled Invoice"), name="approved_invoices_2.csv")
    return firm.sync()


def documents(firm: Firm) -> list[tuple[Any, ...]]:
    """Kind, status and balance of every document in Acumatica."""
    return [(bill["Type"], bill["Status"], Decimal(bill["Balance"])) for bill in firm.truth().bills]


def test_s37_on_instruction_a_debit_adjustment_of_the_same_lines_undoes_the_bill(firm: Firm) -> None:
    outcome = canceled(firm)
    assert (outcome.exit_code, codes_of(outcome, "MR-5520")) == (1, ["R18"])
    assert documents(firm) == [("Bill", "Open", Decimal("3960.00"))]

    accepted = decide(firm, "accept", INVOICE.stampli_id, "--reason", "Test")

    assert (accepted.exit_code, accepted.document["state"]) == (0, "voided_in_acumatica")
    booked = firm.sync()
    assert (booked.exit_code, fate_of(booked, "MR-5520-R")) == (0, ("posted", "Open"))
    assert documents(firm) == [("Bill", "Open", Decimal("3960.00")), ("Debit Adj.", "Open", Decimal("3960.00"))]
    truth = firm.truth()
    reversal = truth.bill_of("V10004", "MR-5520-R")
    assert sorted(codings_of(reversal)) == [
        (Decimal("960.00"), "61000/X/-/-"),
        (Decimal("3000.00"), "50300/J2401/01/31-200"),
    ]
    assert truth.ledger_of(reversal) == [
        debit("20000", "3960.00"),
        credit("50300", "3000.00"),
        credit("61000", "960.00"),
    ]
    proposed = finding_of(firm.list_invoices(), "MR-5520", "R18")["message"]
    assert "once it is released, apply it to Bill/000001: 3,960.00" in proposed
    assert proven(firm) == (0, "0.00", 2, "0.00")

    firm.people("apply_credit", debit=reversal["ReferenceNbr"], bill="000001")
    assert documents(firm) == [("Bill", "Closed", Decimal(0)), ("Debit Adj.", "Closed", Decimal(0))]
    assert firm.verify_audit().exit_code == 0
    assert firm.sync().exit_code == 0
    assert len(documents(firm)) == 2


def test_s37_a_draft_payment_is_named_and_the_reversal_refused_until_it_is_removed(firm: Firm) -> None:
    canceled(firm)
    payment = firm.people(
        "pay_bills", bills=[{"type": "Bill", "number": "000001", "amount": "3960.00"}], date="2026-10-14", release=False
    )

    refused = decide(firm, "accept", INVOICE.stampli_id, "--reason", "Test")

    error = refused.document["error"]
    assert (refused.exit_code, error["code"]) == (1, "invoice.not_possible")
    assert payment["ReferenceNbr"] in error["message"]
    assert documents(firm) == [("Bill", "Open", Decimal("3960.00"))]
    firm.people("remove_record", entity="Check", keys=[payment["Type"], payment["ReferenceNbr"]])
    assert decide(firm, "accept", INVOICE.stampli_id, "--reason", "Test").exit_code == 0


def test_s37_without_a_reason_nothing_is_reversed(firm: Firm) -> None:
    canceled(firm)
    assert decide(firm, "accept", INVOICE.stampli_id).exit_code == 1
    assert documents(firm) == [("Bill", "Open", Decimal("3960.00"))]


def test_s37_a_bill_that_people_reversed_themselves_is_not_reversed_again(firm: Firm) -> None:
    canceled(firm)
    firm.people("reverse_bill", type="Bill", number="000001", release=True)
    accepted = decide(firm, "accept", INVOICE.stampli_id, "--reason", "Test")
    assert (accepted.exit_code, accepted.document["state"]) == (0, "voided_in_acumatica")
    assert firm.sync().exit_code == 0
    assert len(documents(firm)) == 2


def test_s37_a_list_that_lags_is_no_proof_that_nobody_reversed_the_bill(firm: Firm) -> None:
    canceled(firm)
    firm.people("reverse_bill", type="Bill", number="000001", release=True)
    firm.switch(list_lag_seconds=3600)
    refused = decide(firm, "accept", INVOICE.stampli_id, "--reason", "Test")
    assert (refused.exit_code, refused.document["error"]["code"]) == (3, "flows.look_up_not_proven")
    assert len(documents(firm)) == 2


def test_s37_before_anything_was_sent_a_cancellation_just_closes(firm: Firm) -> None:
    firm.drop_invoices(replace(INVOICE, status="Canceled Invoice", invoice_date=date(2026, 10, 6)))
    outcome = firm.sync()
    assert (outcome.exit_code, fate_of(outcome, "MR-5520")) == (0, ("ignored", None))
