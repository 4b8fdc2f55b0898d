"""S17 and S35, and stated tax that is right: what is booked is what the invoice says, or nothing is payable."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from ml_connector_twins.stampli.outgoing import ApprovedInvoice
from tests.firm import Firm, running_firm
from tests.papers import approved, on_receipt, overhead, with_tax
from tests.scenarios.reading import (
    a_header,
    assert_nothing_booked,
    codes_of,
    credit,
    debit,
    fate_of,
    finding_of,
    header_of,
    proven,
)


def blue_heron(stated: str) -> ApprovedInvoice:
    """S04's invoice with that stated tax; Acumatica computes 425.94."""
    return with_tax("BH-7701", stated, on_receipt("3525.00", "300", "1"), on_receipt("2350.00", "250", "2"))


def test_stated_tax_equal_to_the_computed_one_is_booked_as_it_is(firm: Firm) -> None:
    firm.drop_invoices(blue_heron("425.94"))

    outcome = firm.sync()

    bill = firm.truth().bill_of("V10002", "BH-7701")
    assert (outcome.exit_code, codes_of(outcome, "BH-7701", notes=True)) == (0, [])
    assert header_of(bill) == a_header("6300.94", TaxTotal=Decimal("425.94"))


def test_s17_tax_a_cent_off_is_set_to_what_the_invoice_states(firm: Firm) -> None:
    firm.drop_invoices(blue_heron("425.93"))

    outcome = firm.sync()

    truth = firm.truth()
    bill = truth.bill_of("V10002", "BH-7701")
    assert (outcome.exit_code, fate_of(outcome, "BH-7701")) == (0, ("posted", "Open"))
    assert header_of(bill) == a_header("6300.93", TaxTotal=Decimal("425.93"))
    assert truth.ledger_of(bill) == [
        credit("20000", "6300.93"),
        debit("20300", "2350.00"),
        debit("20300", "3525.00"),
        debit("50900", "425.93"),
    ]
    note = finding_of(outcome, "BH-7701", "X01")
    assert (note["severity"], "computed 425.94, stated 425.93, within 0.05" in note["message"]) == ("note", True)


@pytest.fixture(params=["refused by the tenant", "not in the pinned version"])
def stubborn(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Firm]:
    """A firm where the stated tax cannot be set."""
    if request.param == "refused by the tenant":
        with running_firm(tmp_path, switches={"tax_override": "no"}) as running:
            yield running
    else:
        with running_firm(tmp_path, sections={"acumatica": {"version": "22.200.001"}}) as running:
            yield running


def test_s17_where_the_tax_cannot_be_set_the_bill_stays_on_hold(stubborn: Firm) -> None:
    stubborn.drop_invoices(blue_heron("425.93"))

    outcome = stubborn.sync()

    truth = stubborn.truth()
    assert (outcome.exit_code, fate_of(outcome, "BH-7701")) == (1, ("needs_attention", "On Hold"))
    assert codes_of(outcome, "BH-7701") == ["X12"]
    assert [bill["Status"] for bill in truth.bills] == ["On Hold"]
    assert list(truth.entries) == []
    # It is left alone until a person has seen to it.
    assert stubborn.sync().exit_code == 1
    assert stubborn.truth().bills == truth.bills


def test_tax_beyond_the_tolerance_is_never_set(firm: Firm) -> None:
    firm.drop_invoices(blue_heron("425.88"))

    outcome = firm.sync()

    truth = firm.truth()
    assert (outcome.exit_code, fate_of(outcome, "BH-7701")) == (1, ("needs_attention", "On Hold"))
    assert codes_of(outcome, "BH-7701") == ["X01"]
    assert [Decimal(bill["TaxTotal"]) for bill in truth.bills] == [Decimal("425.94")]
    assert list(truth.entries) == []


@pytest.mark.parametrize("round_to_tax", ["0.00", "0.05"])
def test_s35_a_total_ten_cents_off_its_lines_is_not_posted(tmp_path: Path, round_to_tax: str) -> None:
    with running_firm(tmp_path, policy={"round_to_tax": round_to_tax}) as firm:
        firm.drop_invoices(approved("INV-35", overhead("5430.00"), total=Decimal("5430.10")))

        outcome = firm.sync()

        assert (outcome.exit_code, fate_of(outcome, "INV-35")) == (1, ("needs_attention", None))
        finding = finding_of(outcome, "INV-35", "H15")
        assert (finding["severity"], "0.10" in finding["message"], finding["who"]) == ("stop", True, "ap")
        assert_nothing_booked(firm)
        assert proven(firm) == (1, "0.00", 0, "5430.10")
