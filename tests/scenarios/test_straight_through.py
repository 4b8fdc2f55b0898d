"""S01 to S04, S19 and S24: invoices that go through, to the cent, GL entries included."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from tests.firm import Firm
from tests.papers import approved, on_job, on_receipt, on_rental_order, overhead, with_tax
from tests.scenarios.reading import (
    a_header,
    assert_nothing_booked,
    codes_of,
    codings_of,
    credit,
    debit,
    fate_of,
    finding_of,
    header_of,
    proven,
)

THIRDS = ("J2401/01/31-200", "J2401/03/03-300", "J2401/16/26-050")


def test_s01_an_overhead_invoice_without_an_order_is_booked_once_and_released(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-8841", overhead("1284.37")))

    outcome = firm.sync()

    truth = firm.truth()
    bill = truth.bill_of("V10005", "INV-8841")
    assert (outcome.exit_code, fate_of(outcome, "INV-8841")) == (0, ("posted", "Open"))
    assert header_of(bill) == a_header("1284.37")
    assert codings_of(bill) == [(Decimal("1284.37"), "61000/X/-/-")]
    assert truth.ledger_of(bill) == [credit("20000", "1284.37"), debit("61000", "1284.37")]
    assert {entry["period"] for entry in truth.entries} == {"102026"}
    assert proven(firm) == (0, "0.00", 1, "0.00")


def test_s01_the_bill_is_created_on_hold_and_read_back_before_it_leaves_hold(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-8841"))
    firm.sync()

    requests = firm.truth().requests
    writes = [number for number, request in enumerate(requests) if request in firm.truth().writes()]
    create, off_hold, release = (requests[number] for number in writes)
    read_back = [
        request
        for request in requests[writes[0] + 1 : writes[1]]
        if request["method"] == "GET" and request["path"].endswith("/Bill/Bill/000001")
    ]
    assert '"Hold": {"value": true}' in spaced(create["body"])
    assert '"Hold": {"value": false}' in spaced(off_hold["body"])
    assert "VendorRef" not in off_hold["body"]
    assert release["path"].endswith("/Bill/ReleaseBill")
    assert len(read_back) == 1


def spaced(body: str) -> str:
    """A JSON text with one blank after each colon, whatever the sender's habit."""
    return body.replace(": ", ":").replace(":", ": ")


def test_s01_the_story_names_both_numbers_the_approver_and_the_time_it_took(firm: Firm) -> None:
    invoice = approved("INV-8841")
    firm.drop_invoices(invoice)
    firm.sync()

    story = firm.show_invoice(invoice.stampli_id).document

    assert story["external_id"] == invoice.stampli_id
    assert (story["bill"]["type"], story["bill"]["number"]) == ("Bill", "000001")
    assert story["document"]["approved_by"] == "A. Keller"
    assert story["document"]["approved_at"] == "2026-10-13T15:30:00Z"
    times = [datetime.fromisoformat(entry["at"]) for entry in story["history"]]
    assert times == sorted(times)
    assert [entry["state"] for entry in story["history"]][0] == "received"
    assert [entry["state"] for entry in story["history"]][-1] == "posted"


def test_s02_a_split_with_an_odd_cent_adds_up_exactly(firm: Firm) -> None:
    amounts = ("3333.33", "3333.33", "3333.34")
    lines = [on_job(amount, "50300", job) for amount, job in zip(amounts, THIRDS, strict=True)]
    firm.drop_invoices(approved("MR-5520", *lines, vendor="V10004"))

    outcome = firm.sync()

    truth = firm.truth()
    bill = truth.bill_of("V10004", "MR-5520")
    assert (outcome.exit_code, header_of(bill)) == (0, a_header("10000.00"))
    assert codings_of(bill) == [
        (Decimal("3333.33"), "50300/J2401/01/31-200"),
        (Decimal("3333.33"), "50300/J2401/03/03-300"),
        (Decimal("3333.34"), "50300/J2401/16/26-050"),
    ]
    assert truth.ledger_of(bill) == [
        credit("20000", "10000.00"),
        debit("50300", "3333.33"),
        debit("50300", "3333.33"),
        debit("50300", "3333.34"),
    ]


def test_s02_lines_a_cent_short_are_not_posted(firm: Firm) -> None:
    lines = [on_job("3333.33", "50300", job) for job in THIRDS]
    firm.drop_invoices(approved("MR-5520", *lines, vendor="V10004", total=Decimal("10000.00")))

    outcome = firm.sync()

    assert (outcome.exit_code, fate_of(outcome, "MR-5520")) == (1, ("needs_attention", None))
    assert "lines are 0.01 short of the invoice total" in finding_of(outcome, "MR-5520", "H15")["message"]
    assert_nothing_booked(firm)
    assert proven(firm) == (1, "0.00", 0, "10000.00")


def test_s03_a_partial_rental_bills_its_order_line(firm: Firm) -> None:
    firm.drop_invoices(approved("MR-5531", on_rental_order("6450.00"), vendor="V10004"))

    outcome = firm.sync()

    truth = firm.truth()
    bill = truth.bill_of("V10004", "MR-5531")
    (line,) = bill["Details"]
    assert (outcome.exit_code, fate_of(outcome, "MR-5531"), header_of(bill)) == (
        0,
        ("posted", "Open"),
        a_header("6450.00"),
    )
    assert codings_of(bill) == [(Decimal("6450.00"), "50300/J2401/01/31-200")]
    assert (line["POOrderType"], line["POOrderNbr"], line["POLine"], Decimal(line["Qty"])) == (
        "Normal",
        "PO-003135",
        1,
        Decimal(1),
    )
    assert truth.ledger_of(bill) == [credit("20000", "6450.00"), debit("50300", "6450.00")]
    order = truth.order_line("PO-003135", 1)
    assert (Decimal(order["Transactions.CuryBilledAmt"]), Decimal(order["Transactions.CuryUnbilledAmt"])) == (
        Decimal("6450.00"),
        Decimal("12900.00"),
    )
    assert order["OrderStatus"] == "Open"


def test_s04_goods_are_billed_by_receipt_and_clear_the_accrual(firm: Firm) -> None:
    firm.drop_invoices(
        with_tax("BH-7701", "425.94", on_receipt("3525.00", "300", "1"), on_receipt("2350.00", "250", "2"))
    )

    outcome = firm.sync()

    truth = firm.truth()
    bill = truth.bill_of("V10002", "BH-7701")
    assert (outcome.exit_code, fate_of(outcome, "BH-7701")) == (0, ("posted", "Open"))
    assert header_of(bill) == a_header("6300.94", TaxTotal=Decimal("425.94"))
    assert [(line["POReceiptNbr"], line["POReceiptLine"]) for line in bill["Details"]] == [
        ("PR-000981", 1),
        ("PR-000981", 2),
    ]
    assert truth.ledger_of(bill) == [
        credit("20000", "6300.94"),
        debit("20300", "2350.00"),
        debit("20300", "3525.00"),
        debit("50900", "425.94"),
    ]
    rebar, wire = truth.order_line("PO-003120", 1), truth.order_line("PO-003120", 2)
    assert (Decimal(rebar["Transactions.UnbilledQty"]), Decimal(rebar["Transactions.CuryUnbilledAmt"])) == (
        Decimal(100),
        Decimal("1175.00"),
    )
    assert (rebar["Transactions.Closed"], wire["Transactions.Closed"]) == (False, True)


def test_s19_use_tax_does_not_raise_the_payable(firm: Firm) -> None:
    firm.drop_invoices(approved("TF-210", overhead("1900.00", tax_category="TAXABLE"), vendor="V10010"))

    outcome = firm.sync()

    truth = firm.truth()
    bill = truth.bill_of("V10010", "TF-210")
    assert (outcome.exit_code, codes_of(outcome, "TF-210"), header_of(bill)) == (0, [], a_header("1900.00"))
    assert truth.ledger_of(bill) == [
        credit("20000", "1900.00"),
        credit("24000", "137.75"),
        debit("50900", "137.75"),
        debit("61000", "1900.00"),
    ]


def test_s24_one_bill_of_two_branches_balances_each_of_them(firm: Firm) -> None:
    lines = (overhead("5760.00"), overhead("3840.00", branch="NORTH"))
    firm.drop_invoices(approved("MR-5560", *lines, vendor="V10004"))

    outcome = firm.sync()

    truth = firm.truth()
    bill = truth.bill_of("V10004", "MR-5560")
    assert (outcome.exit_code, header_of(bill)) == (0, a_header("9600.00"))
    assert truth.ledger_of(bill) == [
        debit("13000", "3840.00"),
        credit("20000", "9600.00"),
        credit("23000", "3840.00", "NORTH"),
        debit("61000", "5760.00"),
        debit("61000", "3840.00", "NORTH"),
    ]
