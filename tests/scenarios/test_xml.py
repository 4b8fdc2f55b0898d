"""``standard-xml`` both ways through the main job: lists and results out, approved invoices and payments in.

What we wrote is read here with the parser of the standard library, never with our own reader.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as etree

import pytest

from tests.firm import FEEDS, Firm, Keys, render_settings, running_firm

XML: dict[str, Keys] = {f"feeds.{feed}": {"layout": "standard-xml"} for feed in (*FEEDS, "results")}
LISTS = ("vendors", "accounts", "subaccounts", "dimensions", "purchase_orders")
INVOICES = """<?xml version="1.0" encoding="UTF-8"?>
<ApprovedInvoices>
  <ApprovedInvoice>
    <StampliID>900101</StampliID><Type>Invoice</Type><VendorID>V10005</VendorID>
    <InvoiceNumber>INV-8841</InvoiceNumber><InvoiceDate>2026-10-05</InvoiceDate><DueDate>2026-11-04</DueDate>
    <Currency>USD</Currency><Total>1284.37</Total><Status>Authorized for Payment</Status>
    <Lines>
      <Line><LineNumber>1</LineNumber><LineKind>Expense</LineKind><LineDescription>Paper &amp; ink</LineDescription>
        <Account>61000</Account><Subaccount>01-100-00</Subaccount><LineBranch>MAIN</LineBranch><Project>X</Project>
        <Amount>1000.00</Amount></Line>
      <Line><LineNumber>2</LineNumber><LineKind>Expense</LineKind>
        <Account>61000</Account><Subaccount>01-100-00</Subaccount><LineBranch>MAIN</LineBranch><Project>X</Project>
        <Amount>284.37</Amount></Line>
    </Lines>
  </ApprovedInvoice>
</ApprovedInvoices>
"""
PAYMENTS = """<Payments><Payment><PaymentID>P-7001</PaymentID><Status>Cleared</Status><Method>ACH</Method>
<PaymentDate>2026-10-15</PaymentDate><Currency>USD</Currency><PaymentAmount>1284.37</PaymentAmount>
<Applications><Application><VendorID>V10005</VendorID><InvoiceNumber>INV-8841</InvoiceNumber>
<StampliID>900101</StampliID><AppliedAmount>1284.37</AppliedAmount></Application></Applications></Payment></Payments>
"""


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """A firm whose every feed is XML."""
    with running_firm(tmp_path, sections=XML) as running:
        yield running


def received(firm: Firm, feed: str) -> list[dict[str, str]]:
    """The rows of the newest file of a feed: what stands above its lines beside each of them."""
    newest = max(firm.twins.stampli.folders.inbound.glob(f"{feed}_*.xml"))
    rows: list[dict[str, str]] = []
    for document in etree.parse(newest).getroot():
        header = {each.tag: each.text or "" for each in document if each.tag != "Lines"}
        lines = document.findall("Lines/Line")
        rows += [header | {each.tag: each.text or "" for each in line} for line in lines] if lines else [header]
    return rows


def rows_of_csv(firm: Firm, feed: str) -> list[dict[str, str]]:
    """The rows of the newest file of a feed in CSV."""
    newest = max(firm.twins.stampli.folders.inbound.glob(f"{feed}_*.csv"))
    with newest.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_lists_in_xml_hold_what_lists_in_csv_hold(firm: Firm) -> None:
    sent = firm.sync("master-data")
    assert (sent.exit_code, [feed["sent"] for feed in sent.document["feeds"]]) == (0, [True] * len(LISTS))
    assert all(feed["file"].endswith(".xml") for feed in sent.document["feeds"])
    assert [feed["sent"] for feed in firm.sync("master-data").document["feeds"]] == [False] * len(LISTS)

    firm.settings.write_text(render_settings(firm.twins, {}), encoding="utf-8")
    assert [feed["sent"] for feed in firm.sync("master-data").document["feeds"]] == [True] * len(LISTS)
    assert all(rows_of_csv(firm, feed) for feed in LISTS)
    assert {feed: received(firm, feed) for feed in LISTS} == {feed: rows_of_csv(firm, feed) for feed in LISTS}


def test_an_invoice_in_xml_is_booked_told_back_in_xml_and_paid(firm: Firm) -> None:
    firm.drop("approved_invoices_1.xml", INVOICES.encode())
    outcome = firm.sync("all")

    bill = firm.truth().bill_of("V10005", "INV-8841")
    assert (outcome.exit_code, bill["Status"], bill["Amount"]) == (0, "Open", "1284.37")
    assert bill["Details"][0]["TransactionDescription"] == "Paper & ink"
    (told,) = received(firm, "results")
    assert (told["ExternalID"], told["Result"], told["BillNumber"]) == ("900101", "POSTED", bill["ReferenceNbr"])

    number = {"type": "Bill", "number": bill["ReferenceNbr"]}
    firm.people("pay_bills", bills=[number], date=date(2026, 10, 15).isoformat(), method="ACH")
    firm.drop("payments_1.xml", PAYMENTS.encode())
    paid = firm.sync("payments")
    assert (paid.exit_code, [row["result"] for row in paid.document["payments"]]) == (0, ["matched"])
    assert firm.reconcile().document["totals"]["unexplained"] == "0.00"


@pytest.mark.parametrize("cut", ["</ApprovedInvoices>", "</Line>"])
def test_an_xml_file_that_is_cut_waits_and_books_nothing(firm: Firm, cut: str) -> None:
    firm.drop("approved_invoices_1.xml", INVOICES[: INVOICES.rindex(cut)].encode())
    outcome = firm.sync()
    assert [(file["state"], file["documents"]) for file in outcome.document["files"]] == [("waiting", 0)]
    assert (firm.truth().bills_of("V10005", "INV-8841"), firm.truth().writes()) == ([], [])
