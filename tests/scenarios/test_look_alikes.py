"""Look-alikes by class, L1 to L5 (posting protocol, 8): of our own invoices and of bills that people typed in
Acumatica. Each is told by number, date and amount; what a person says of one is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ml_connector_twins.stampli.outgoing import ApprovedInvoice
from tests.firm import Firm, Outcome
from tests.papers import approved, overhead
from tests.scenarios.reading import codes_of, fate_of, proven
from tests.scenarios.test_people_decide import decide, typed

# By class: an invoice, and the code and severity of what is said of it beside INV-8841 of 2026-10-05 over 1,284.37.
ALIKE: tuple[tuple[ApprovedInvoice, str, str], ...] = (
    (approved("inv-8841", overhead("77.00"), stampli_id="L1"), "H02", "stop"),
    (approved("INV 8B41", overhead("71.00"), stampli_id="L2-letters"), "H03", "review"),
    (approved("INV-08841", overhead("72.00"), stampli_id="L2-zeros"), "H03", "review"),
    (approved("1NV8841", overhead("73.00"), stampli_id="L2-signs"), "H03", "review"),
    (approved("A-1", overhead("1284.37"), stampli_id="L3"), "H04", "note"),
    (approved("INV-8841", overhead("1284.37"), vendor="V10013", stampli_id="L4"), "H33", "review"),
)


def said_of(outcome: Outcome, external_id: str) -> set[tuple[str, str]]:
    """Code and severity of what is said of one invoice beside that bill."""
    (row,) = [row for row in outcome.document["invoices"] if row["external_id"] == external_id]
    return {
        (each["code"], each["severity"])
        for each in row["findings"]
        if "booked as Bill 000001 on 2026-10-05, 1,284.37" in each["message"]
    }


@pytest.mark.parametrize("by_hand", [False, True], ids=["booked by us", "typed by hand"])
def test_each_class_is_told_of_what_is_booked(firm: Firm, *, by_hand: bool) -> None:
    if by_hand:
        assert typed(firm, "INV-8841", "1284.37") == "000001"
    else:
        firm.drop_invoices(approved("INV-8841", overhead("1284.37")))
        assert firm.sync().exit_code == 0
    firm.drop_invoices(*(invoice for invoice, _, _ in ALIKE), name="approved_invoices_2.csv")

    outcome = firm.sync()

    assert {invoice.stampli_id: said_of(outcome, invoice.stampli_id) for invoice, _, _ in ALIKE} == {
        invoice.stampli_id: {(code, severity)} for invoice, code, severity in ALIKE
    }
    # Only the one with a note is booked.
    assert sorted(bill["VendorRef"] for bill in firm.truth().bills) == ["A-1", "INV-8841"]


def test_the_vendors_bills_are_read_once_for_all_invoices_of_a_pass(firm: Firm) -> None:
    firm.drop_invoices(*(approved(f"INV-{number}", overhead(f"{number}.00")) for number in range(1, 9)))
    assert firm.sync().exit_code == 0
    live = [request for request in firm.truth().requests if "Date%20ge" in request["query"]]
    assert len(live) == 1


def test_a_voided_bill_and_a_reversed_one_are_no_look_alikes_but_the_reversed_one_counts_once(firm: Firm) -> None:
    number = typed(firm, "INV-8841", "1284.37")
    firm.people("reverse_bill", type="Bill", number=number, release=True)
    firm.drop_invoices(approved("INV-08841", overhead("72.00"), stampli_id="L2"))
    outcome = firm.sync()
    assert (codes_of(outcome, "INV-08841"), said_of(outcome, "L2")) == (["H03"], {("H03", "review")})


def test_a_number_begun_anew_in_another_year_is_asked_once_for_its_vendor(firm: Firm) -> None:
    # Where Acumatica itself refuses a second document of that number, it is Acumatica's refusal that a person reads.
    firm.switch(duplicate_ref_error=False)
    for number, amount in (("0001", "11.00"), ("0002", "12.00")):
        bill = {"Type": "Bill", "ReferenceNbr": typed(firm, number, amount)}
        firm.people("put_record", entity="Bill", fields={**bill, "Date": "2025-10-05"})
    first, second = approved("0001", overhead("500.00")), approved("0002", overhead("600.00"))
    firm.drop_invoices(first)
    assert codes_of(firm.sync(), "0001") == ["H02"]

    assert decide(firm, "accept", first.stampli_id, "--reason", "new year, new numbers").exit_code == 0
    assert fate_of(firm.sync(), "0001") == ("posted", "Open")

    firm.drop_invoices(second, name="approved_invoices_2.csv")
    outcome = firm.sync()
    assert (outcome.exit_code, fate_of(outcome, "0002")) == (0, ("posted", "Open"))
    assert codes_of(outcome, "0002", notes=True) == ["H02"]
    assert proven(firm)[:3] == (0, "0.00", 2)


def test_the_same_number_in_the_same_year_is_no_new_beginning(firm: Firm) -> None:
    typed(firm, "0001", "11.00", Date="2026-10-01")
    firm.drop_invoices(approved("0001", overhead("500.00"), invoice_date=date(2026, 10, 20)))
    refused = firm.sync().invoice("0001")
    assert [(each["code"], each["severity"]) for each in refused["findings"]] == [("H02", "stop")]
    assert Decimal(refused["total"]) == Decimal("500.00")
