"""The exchange of one connection: its folders, its layouts, what is known already and what becomes of settled files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.results import InvoiceResult
from ml_connector.domain.values.arrivals import Arrival, Listing, NotTaken
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.money import Money
from ml_connector.domain.values.payment import PaymentApplication, StampliPayment
from ml_connector.domain.values.records import FeedRow, FileRecord, SentFeed
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.writer import render_row
from ml_connector.stampli.exchange import StampliExchange
from ml_connector.stampli.profiles import ExchangeProfile, FeedProfile
from tests.builders import a_snapshot, a_vendor
from tests.stampli.folders import START, InMemoryFolders, a_file

STANDARD = load_shipped_layout("standard-csv")
INVOICES = (
    "StampliID,Type,VendorID,InvoiceNumber,InvoiceDate,Currency,Total,LineNumber,Account,Amount\r\n"
    "ST-1,Invoice,V10005,INV-1,2026-10-05,USD,12.30,1,61000,12.30\r\n"
)
PAYMENTS = (
    "PaymentID,Status,PaymentDate,Currency,PaymentAmount,VendorID,InvoiceNumber,StampliID,AppliedAmount,DiscountTaken\r\n"
    "P-1,Paid out,2026-10-20,USD,12.00,V10005,INV-1,ST-1,12.00,0.30\r\n"
)


def an_exchange(folders: InMemoryFolders | None = None, **members: Any) -> StampliExchange:
    """An exchange whose invoices lie in /outbound; members of that feed by name."""
    invoices = {"folder": "/outbound", "layout": STANDARD, "match": "inv*.csv", **members}
    feeds = {
        "approved_invoices": FeedProfile("approved_invoices", **invoices),
        "payments": FeedProfile("payments", "/outbound", STANDARD, match="*"),
        "vendors": FeedProfile("vendors", "/inbound", STANDARD),
        "results": FeedProfile("results", "/inbound", STANDARD, mode="snapshot"),
    }
    profile = ExchangeProfile(feeds, {"Paid out": "cleared"}, size_bytes_max=10_000)
    return StampliExchange(profile, folders or InMemoryFolders())


def a_record(folders: InMemoryFolders, name: str, state: str = "settled") -> FileRecord:
    """The log's row of a file as it lies there."""
    lying = folders.look("/outbound", name)
    assert lying is not None
    return FileRecord(
        "f00000001",
        "harbor",
        "approved_invoices",
        name,
        lying.size_bytes,
        lying.modified_at,
        START,
        state,  # type: ignore[arg-type]
        sha256="ab" * 32,
    )


def test_feeds_have_a_layout_with_its_version_and_a_mode() -> None:
    exchange = an_exchange()
    assert exchange.feeds() == ("approved_invoices", "payments", "vendors", "results")
    assert exchange.layout_of("vendors", None) == "standard-csv@1"
    assert (exchange.mode_of("vendors"), exchange.mode_of("results")) == ("delta", "snapshot")


def test_a_feed_looks_into_its_folder_for_its_names() -> None:
    folders = InMemoryFolders()
    for folder, name in (("/outbound", "inv1.csv"), ("/outbound", "payments.csv"), ("/other", "inv2.csv")):
        folders.write(folder, name, b"x")
    listing = an_exchange(folders).list_arrivals("approved_invoices", ())
    assert [each.name for each in listing.arrivals] == ["inv1.csv"]


@pytest.mark.parametrize(
    ("state", "known"),
    [("settled", True), ("taken", True), ("repeat", True), ("refused", True), ("waiting", False), ("new", False)],
)
def test_what_was_looked_into_is_known_by_name_size_and_time(state: str, known: bool) -> None:
    folders = InMemoryFolders()
    folders.write("/outbound", "inv1.csv", b"x")
    record = a_record(folders, "inv1.csv", state)
    arrival = Arrival("/outbound", "inv1.csv", 1, record.modified_at)
    listing = an_exchange(folders).list_arrivals("approved_invoices", [record])
    assert listing == (Listing((), (), known=(arrival,)) if known else Listing((arrival,), ()))


def test_a_known_name_of_another_size_or_time_is_new() -> None:
    folders = InMemoryFolders()
    folders.write("/outbound", "inv1.csv", b"x")
    record = a_record(folders, "inv1.csv")
    folders.write("/outbound", "inv1.csv", b"x")
    assert len(an_exchange(folders).list_arrivals("approved_invoices", [record]).arrivals) == 1


def test_a_file_beyond_the_cap_is_not_taken() -> None:
    folders = InMemoryFolders()
    folders.write("/outbound", "inv1.csv", b"x" * 10_001)
    exchange = an_exchange(folders)
    (arrival,) = exchange.list_arrivals("approved_invoices", ()).arrivals
    assert isinstance(next(exchange.fetch_arrivals([arrival])), NotTaken)


# Settled files.


def test_left_is_left_without_a_look() -> None:
    folders = InMemoryFolders()
    folders.write("/outbound", "inv1.csv", b"x")
    exchange = an_exchange(folders)
    exchange.dispose_arrival("approved_invoices", a_record(folders, "inv1.csv"))
    assert (exchange.disposes("approved_invoices"), set(folders.files)) == (False, {("/outbound", "inv1.csv")})


def test_a_moved_file_carries_the_head_of_its_hash() -> None:
    folders = InMemoryFolders()
    folders.write("/outbound", "inv1.csv", b"x")
    exchange = an_exchange(folders, after="move", move_to="/outbound/done")
    exchange.dispose_arrival("approved_invoices", a_record(folders, "inv1.csv"))
    assert (exchange.disposes("approved_invoices"), set(folders.files)) == (
        True,
        {("/outbound/done", "abababab_inv1.csv")},
    )


def test_a_deleted_file_is_gone_and_gone_already_is_fine() -> None:
    folders = InMemoryFolders()
    folders.write("/outbound", "inv1.csv", b"x")
    exchange = an_exchange(folders, after="delete")
    record = a_record(folders, "inv1.csv")
    for _ in range(2):
        exchange.dispose_arrival("approved_invoices", record)
        assert folders.files == {}


@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_file_that_is_another_by_now_is_left_alone(after: str) -> None:
    folders = InMemoryFolders()
    folders.write("/outbound", "inv1.csv", b"x")
    record = a_record(folders, "inv1.csv")
    folders.write("/outbound", "inv1.csv", b"y")
    an_exchange(folders, after=after, move_to="/done").dispose_arrival("approved_invoices", record)
    assert set(folders.files) == {("/outbound", "inv1.csv")}


# What files say.


def test_a_file_of_invoices_becomes_invoices_with_their_places() -> None:
    read = an_exchange().parse_invoices(a_file("approved_invoices", "inv1.csv"), INVOICES.encode(), {})
    ((invoice, source),) = read.invoices
    assert (source.record, source.lines, read.rows, read.problems, read.incomplete) == (1, (2,), 1, (), False)
    amount = Money(Decimal("12.30"), "USD")
    assert invoice == ApprovedInvoice(
        kind="invoice",
        vendor_id="V10005",
        invoice_number="INV-1",
        invoice_date=date(2026, 10, 5),
        total=amount,
        lines=(InvoiceLine("expense", amount, line_number="1", account="61000"),),
        external_id="ST-1",
        currency="USD",
        custom=invoice.custom,
    )


def test_an_invoice_without_a_currency_states_none() -> None:
    text = INVOICES.replace("Currency,", "").replace("USD,", "")
    ((invoice, _),) = an_exchange().parse_invoices(a_file("approved_invoices", "inv1.csv"), text.encode(), {}).invoices
    assert (invoice.currency, invoice.total.currency) == (None, "XXX")


def test_a_cut_file_says_that_it_is_not_whole() -> None:
    read = an_exchange().parse_invoices(
        a_file("approved_invoices", "inv1.csv"), INVOICES.encode()[:-1] + b'ST-2,"Inv', {}
    )
    assert (read.incomplete, read.invoices, len(read.problems)) == (True, (), 1)


def test_a_file_of_payments_speaks_the_customers_words() -> None:
    ((payment, _),) = an_exchange().parse_payments(a_file("payments", "p.csv"), PAYMENTS.encode(), {}).payments
    application = PaymentApplication(
        "INV-1", "ST-1", "V10005", Money(Decimal("12.00"), "USD"), Money(Decimal("0.30"), "USD")
    )
    assert payment == StampliPayment(
        payment_id="P-1",
        status="cleared",
        status_word="Paid out",
        amount=Money(Decimal("12.00"), "USD"),
        applications=(application,),
        payment_date=date(2026, 10, 20),
        vendor_id=payment.vendor_id,
    )


def test_a_word_nobody_explained_stays_a_word() -> None:
    text = PAYMENTS.replace("Paid out", "Pondering")
    ((payment, _),) = an_exchange().parse_payments(a_file("payments", "p.csv"), text.encode(), {}).payments
    assert (payment.status, payment.status_word) == (None, "Pondering")


# Files of ours.


def written(exchange: StampliExchange, feed: str, rows: Iterable[FeedRow]) -> bytes:
    """The bytes of a feed that makes one file."""
    (file,) = exchange.render_feed_files(feed, rows, stem=f"{feed}_20261014T120000Z", today="2026-10-14")
    assert (file.name, file.data) == (f"{feed}_20261014T120000Z.csv", True)
    return file.content


def test_a_feed_is_written_under_its_own_name_and_the_same_rows_give_the_same_bytes() -> None:
    folders = InMemoryFolders()
    exchange = an_exchange(folders)
    snapshot = a_snapshot(vendors={"V1": a_vendor("V1", 'Lümen & Söhne, "Graz"')})
    rows = exchange.render_feed_rows("vendors", snapshot, None, "2026-10-14")
    content = written(exchange, "vendors", rows.values())
    assert exchange.put_feed_file("vendors", "vendors_20261014T120000Z.csv", content) == "vendors_20261014T120000Z.csv"
    assert folders.files[("/inbound", "vendors_20261014T120000Z.csv")][0] == content
    heading, row = content.decode().splitlines()
    assert heading.startswith("VendorID,VendorName,Status,PaymentsOnHold,")
    assert row.startswith('V1,"Lümen & Söhne, ""Graz""",Active,false,')
    sent = SentFeed("vendors", rows, "", "", START)
    again = exchange.render_feed_rows("vendors", snapshot, sent, "2026-10-15")
    assert written(exchange, "vendors", again.values()) == content


def test_results_are_written_as_the_contract_has_them() -> None:
    exchange = an_exchange()
    at = datetime(2026, 10, 14, 12, 30, 5, 123456, tzinfo=UTC)
    posted = InvoiceResult("ST-1", "V10005", "INV-1", "POSTED", BillKey("Bill", "000001"), "Open", None, None, at)
    refused = replace(posted, external_id="ST-2", result="REJECTED", bill=None, bill_status=None, code="V04")
    blocked = replace(posted, external_id="ST-3", code="V05", message="payments, on hold", payment_blocked=True)
    rows = exchange.render_result_rows({"k1": posted, "k2": refused, "k3": blocked})
    assert list(rows) == ["k1", "k2", "k3"]
    assert written(exchange, "results", rows.values()).decode() == (
        "ExternalID,VendorID,InvoiceNumber,Result,BillType,BillNumber,BillStatus,Code,Message,At,PaymentBlocked\r\n"
        "ST-1,V10005,INV-1,POSTED,Bill,000001,Open,,,2026-10-14T12:30:05Z,false\r\n"
        "ST-2,V10005,INV-1,REJECTED,,,,V04,,2026-10-14T12:30:05Z,false\r\n"
        'ST-3,V10005,INV-1,POSTED,Bill,000001,Open,V05,"payments, on hold",2026-10-14T12:30:05Z,true\r\n'
    )


def test_rows_kept_as_the_standard_writes_them_are_written_as_they_are() -> None:
    exchange = an_exchange()
    whole = dict(render_row(load_shipped_layout("standard-csv"), "vendors", {"VendorID": "V1", "PaymentsOnHold": True}))
    content = written(exchange, "vendors", [whole])
    assert content.decode().splitlines()[1].startswith("V1,,,true,,")
    # One of an earlier version lacks the columns that came later.
    earlier = {name: cell for name, cell in whole.items() if name not in ("InactiveReason", "Location")}
    assert written(exchange, "vendors", [earlier]) == content
