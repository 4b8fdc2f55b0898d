"""The exchange speaks each connection's own layout: what is read is the same invoice, what is written the same rows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ml_connector.domain.values.records import FeedFile
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.reading import read_document_file
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.stampli.exchange import StampliExchange
from ml_connector.stampli.profiles import FEEDS_OUT, ExchangeProfile, FeedProfile
from tests.stampli.folders import InMemoryFolders, a_file

CSV = (
    b"StampliID,VendorID,InvoiceNumber,InvoiceDate,Currency,Total,LineNumber,Amount\r\n"
    b"900101,V001042,NG-55871,2026-03-04,USD,10.00,1,4.00\r\n900101,V001042,NG-55871,2026-03-04,USD,10.00,2,6.00\r\n"
)
XML = (
    b"<ApprovedInvoices><ApprovedInvoice><StampliID>900101</StampliID><VendorID>V001042</VendorID>"
    b"<InvoiceNumber>NG-55871</InvoiceNumber><InvoiceDate>2026-03-04</InvoiceDate><Currency>USD</Currency>"
    b"<Total>10.00</Total><Lines><Line><LineNumber>1</LineNumber><Amount>4.00</Amount></Line>"
    b"<Line><LineNumber>2</LineNumber><Amount>6.00</Amount></Line></Lines></ApprovedInvoice></ApprovedInvoices>"
)
PAYMENTS_CSV = (
    b"PaymentID,Status,PaymentDate,PaymentAmount,VendorID,InvoiceNumber,AppliedAmount\r\n"
    b"P-1,Cleared,2026-04-02,10.00,V001042,NG-1,4.00\r\nP-1,Cleared,2026-04-02,10.00,V001042,NG-2,6.00\r\n"
)
PAYMENTS_XML = (
    b"<Payments><Payment><PaymentID>P-1</PaymentID><Status>Cleared</Status><PaymentDate>2026-04-02</PaymentDate>"
    b"<PaymentAmount>10.00</PaymentAmount><Applications><Application><VendorID>V001042</VendorID>"
    b"<InvoiceNumber>NG-1</InvoiceNumber><AppliedAmount>4.00</AppliedAmount></Application>"
    b"<Application><VendorID>V001042</VendorID><InvoiceNumber>NG-2</InvoiceNumber>"
    b"<AppliedAmount>6.00</AppliedAmount></Application></Applications></Payment></Payments>"
)
STANDARD = load_shipped_layout("standard-csv")
ROWS = {
    "vendors": {"VendorID": "V1", "VendorName": "Lümen & Söhne <dock>", "Status": "Active", "PaymentsOnHold": "true"},
    "purchase_orders": {"OrderType": "Normal", "OrderNumber": "004417", "LineNumber": "1", "OpenAmount": "652.10"},
}


def exchange(layout: Layout, folders: InMemoryFolders | None = None) -> StampliExchange:
    feeds = {feed: FeedProfile(feed, "in", layout) for feed in (*FEEDS_OUT, "approved_invoices", "payments")}
    return StampliExchange(ExchangeProfile(feeds, {}), folders or InMemoryFolders())


def written(own: StampliExchange, feed: str) -> Sequence[FeedFile]:
    """The files of the feed's one row."""
    return own.render_feed_files(feed, [ROWS[feed]], stem=f"{feed}_20260306T181500Z", today="2026-03-06")


def test_invoices_and_payments_in_xml_are_those_in_csv() -> None:
    csv, xml = exchange(STANDARD), exchange(load_shipped_layout("standard-xml"))
    invoices = (
        csv.parse_invoices(a_file("approved_invoices", "a.csv"), CSV, {}),
        xml.parse_invoices(a_file("approved_invoices", "a.xml"), XML, {}),
    )
    payments = (
        csv.parse_payments(a_file("payments", "p.csv"), PAYMENTS_CSV, {}),
        xml.parse_payments(a_file("payments", "p.xml"), PAYMENTS_XML, {}),
    )

    assert [each[0] for each in invoices[0].invoices] == [each[0] for each in invoices[1].invoices]
    assert [each[0] for each in payments[0].payments] == [each[0] for each in payments[1].payments]
    assert (len(invoices[0].invoices), len(payments[0].payments)) == (1, 1)
    assert (invoices[1].problems, payments[1].problems) == ((), ())


@pytest.mark.parametrize("feed", ROWS)
def test_a_feed_in_xml_holds_the_rows_of_the_one_in_csv_under_a_name_of_its_own(feed: str) -> None:
    layout = load_shipped_layout("standard-xml")
    folders = InMemoryFolders()
    xml = exchange(layout, folders)
    (file,) = written(xml, feed)
    content = file.content
    found = read_document_file(layout, feed, name="f.xml", content=content)
    plain = written(exchange(STANDARD), feed)[0].content

    assert [each.values for each in found.documents] == [
        each.values for each in read_document_file(STANDARD, feed, name="f.csv", content=plain).documents
    ]
    assert xml.put_feed_file(feed, file.name, content) == f"{feed}_20260306T181500Z.xml"
    assert written(xml, feed) == (file,)


def test_rows_are_kept_in_the_standards_form_and_written_in_the_customers() -> None:
    own = exchange(load_shipped_layout("l22-vendors"))

    assert written(own, "vendors")[0].content.decode().splitlines()[1] == (
        "V1,Lümen & Söhne <dock>,Hold Payments,,,,,,,,,,,,"
    )
