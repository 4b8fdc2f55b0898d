"""S05, S06, S14, S34 as far as the rules reach: what an order does not allow, a credit with tax, an approval map."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.firm import Firm, running_firm
from tests.papers import approved, on_job, on_receipt, overhead, tax, with_tax
from tests.scenarios.reading import (
    a_header,
    assert_nothing_booked,
    codes_of,
    credit,
    debit,
    fate_of,
    finding_of,
    header_of,
)


def test_s05_a_price_above_the_order_by_more_than_the_lesser_tolerance_needs_review(firm: Firm) -> None:
    firm.drop_invoices(
        with_tax("BH-7701", "430.94", on_receipt("3594.00", "300", "1"), on_receipt("2350.00", "250", "2"))
    )

    outcome = firm.sync()

    assert (outcome.exit_code, fate_of(outcome, "BH-7701")) == (1, ("needs_attention", None))
    finding = finding_of(outcome, "BH-7701", "P17")
    assert (finding["severity"], finding["who"]) == ("review", "buyer")
    assert "300 EA at 11.98 against 11.75, 69.00 more" in finding["message"]
    assert_nothing_booked(firm)


def test_s06_more_billed_than_received_is_refused_and_creates_nothing(firm: Firm) -> None:
    firm.drop_invoices(with_tax("BH-7705", "340.75", on_receipt("4700.00", "400", "1")))

    outcome = firm.sync()

    assert (outcome.exit_code, fate_of(outcome, "BH-7705")) == (1, ("needs_attention", None))
    finding = finding_of(outcome, "BH-7705", "P14")
    assert finding["severity"] == "stop"
    assert "illed 400 EA, received and unbilled 300 EA, excess 100 EA / 1,175.00" in finding["message"]
    assert_nothing_booked(firm)


@pytest.mark.parametrize(("sign", "kind"), [(1, "Credit Memo"), (-1, "Credit Memo"), (-1, "Invoice")])
def test_s14_a_credit_with_tax_is_booked_and_its_application_left_to_people(firm: Firm, sign: int, kind: str) -> None:
    firm.drop_invoices(
        with_tax("BH-7701", "425.94", on_receipt("3525.00", "300", "1"), on_receipt("2350.00", "250", "2"))
    )
    assert firm.sync().exit_code == 0
    amount, stated = Decimal("235.00") * sign, Decimal("17.04") * sign
    lines = (on_job(str(amount), "50200", "J2401/03/03-300", tax_category="TAXABLE"), tax(str(stated)))
    firm.drop_invoices(
        approved("CM-7702", *lines, vendor="V10002", kind=kind, tax_total=stated, applies_to="BH-7701"),
        name="approved_invoices_2.csv",
    )

    outcome = firm.sync()

    truth = firm.truth()
    adjustment = truth.bill_of("V10002", "CM-7702")
    assert (outcome.exit_code, fate_of(outcome, "CM-7702")) == (0, ("posted", "Open"))
    wanted = a_header("252.04", Type="Debit Adj.", DueDate=None, TaxTotal=Decimal("17.04"))
    assert header_of(adjustment) == wanted
    assert truth.ledger_of(adjustment) == [
        debit("20000", "252.04"),
        credit("50200", "235.00"),
        credit("50900", "17.04"),
    ]
    assert Decimal(truth.bill_of("V10002", "BH-7701")["Balance"]) == Decimal("6300.94")


def test_s34_with_an_approval_map_the_bill_waits_and_we_neither_approve_nor_release(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"approval_types": ["Bill"]}) as firm:
        firm.drop_invoices(approved("A-1", overhead("7300.00")))
        first = firm.sync()
        assert (first.exit_code, fate_of(first, "A-1")) == (0, ("pending_approval", "Pending Approval"))
        assert first.document["counts"]["invoices"] == {"pending_approval": 1}
        assert not [request for request in firm.truth().writes() if request["path"].endswith("ReleaseBill")]
        number = firm.truth().bill_of("V10005", "A-1")["ReferenceNbr"]

        firm.people("approve_bill", type="Bill", number=number)
        second = firm.sync()

        assert (second.exit_code, fate_of(second, "A-1")) == (0, ("posted", "Open"))
        truth = firm.truth()
        assert truth.ledger_of(truth.bill_of("V10005", "A-1")) == [
            credit("20000", "7300.00"),
            debit("61000", "7300.00"),
        ]


def test_s34_approvals_switched_on_at_noon_are_noticed_once(firm: Firm) -> None:
    firm.drop_invoices(approved("A-1", overhead("100.00")))
    assert firm.sync().exit_code == 0
    firm.switch(approval_types=["Bill"])
    for number, amount in (("A-2", "7300.00"), ("A-3", "50.00")):
        firm.drop_invoices(approved(number, overhead(amount)), name=f"approved_invoices_{number}.csv")
    outcome = firm.sync()

    assert (outcome.exit_code, outcome.document["counts"]["invoices"]) == (0, {"pending_approval": 2})
    told = {number: finding_of(outcome, number, "C02") for number in ("A-2", "A-3")}
    assert {each["severity"] for each in told.values()} == {"note"}
    noticed = "Bill/000001, the one before, was not: approvals were switched on there since."
    assert told["A-2"]["message"] == f"Bill 000002 was held for approval in Acumatica. {noticed}"

    for bill in firm.truth().bills[1:]:
        firm.people("approve_bill", type="Bill", number=bill["ReferenceNbr"])
    assert firm.sync().document["counts"]["invoices"] == {"posted": 2}
    firm.drop_invoices(approved("A-4", overhead("60.00")), name="approved_invoices_A-4.csv")
    last = finding_of(firm.sync(), "A-4", "C02")
    assert last["message"] == "Bill 000004 was held for approval in Acumatica."


def test_s34_a_rejected_bill_becomes_a_task_for_a_person(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"approval_types": ["Bill"]}) as firm:
        firm.drop_invoices(approved("A-2", overhead("7300.00")))
        firm.sync()
        number = firm.truth().bill_of("V10005", "A-2")["ReferenceNbr"]
        firm.people("reject_bill", type="Bill", number=number, reason="not ours")

        outcome = firm.sync()

        assert (outcome.exit_code, fate_of(outcome, "A-2")) == (1, ("needs_attention", "Rejected"))
        assert codes_of(outcome, "A-2") == ["C02"]
        assert list(firm.truth().entries) == []
