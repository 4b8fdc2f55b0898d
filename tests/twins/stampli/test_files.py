"""The files the Stampli twin writes and reads: exact bytes one way, every departure named the other way."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ml_connector_twins.stampli.columns import APPROVED_INVOICES, FEED_COLUMNS, PAYMENTS
from ml_connector_twins.stampli.drops import (
    drop_cut,
    drop_preallocated,
    drop_renamed,
    drop_slowly,
    drop_under_temporary_name,
    finish_drop,
    growing_file,
)
from ml_connector_twins.stampli.folders import prepare_folders
from ml_connector_twins.stampli.incoming import index_rows, list_received, read_master_file, read_received
from ml_connector_twins.stampli.outgoing import (
    Application,
    ApprovedInvoice,
    InvoiceLine,
    Payment,
    render_feed,
    render_invoices,
    render_payments,
)

ACCOUNT_HEADING = ",".join(FEED_COLUMNS["accounts"])


def test_an_invoice_is_a_row_a_line_with_the_header_repeated() -> None:
    invoice = ApprovedInvoice(
        stampli_id="900101",
        vendor_id="V10004",
        vendor_name='Metro "Rentals", Inc.',
        invoice_number="MR-5520",
        invoice_date=date(2026, 10, 5),
        total=Decimal("10.00"),
        tax_total=Decimal("0"),
        branch="MAIN",
        approved_by="Ann",
        approved_at=datetime(2026, 10, 6, 7, 8, 9, tzinfo=UTC),
        lines=(
            InvoiceLine(Decimal("3.33"), account="50300", quantity=Decimal("1"), unit_price=Decimal("3.333333")),
            InvoiceLine(Decimal("6.67"), account="50300", po_type="Normal", po_number="PO-003135", po_line="1"),
        ),
    )
    head = '900101,Invoice,V10004,"Metro ""Rentals"", Inc.",MR-5520,2026-10-05,,,USD,,MAIN,,10.00,0.00,'
    link = "https://stampli.example/i/900101,Authorized for Payment,"
    tail = ",Ann,2026-10-06T07:08:09Z,,,,,"
    first = head + link + "1,Expense,,50300,,,,,,,1.00,,3.333333,3.33,,,,,,,," + tail
    second = head + link + "2,Expense,,50300,,,,,,,,,,6.67,,,Normal,PO-003135,1,,," + tail
    assert render_invoices([invoice]).decode() == "\r\n".join([APPROVED_INVOICES, first, second, ""])


def test_a_payment_is_a_row_an_application() -> None:
    payment = Payment(
        "P-1",
        date(2026, 10, 15),
        Decimal("30"),
        (
            Application("V10004", "MR-5520", Decimal("32.00"), stampli_id="900101", discount=Decimal("0.50")),
            Application("V10004", "CM-1", Decimal("-2.00")),
        ),
        reference="TRC1",
    )
    rows = (
        "P-1,Cleared,ACH,TRC1,2026-10-15,USD,30.00,V10004,MR-5520,900101,32.00,0.50,",
        "P-1,Cleared,ACH,TRC1,2026-10-15,USD,30.00,V10004,CM-1,,-2.00,0.00,",
    )
    assert render_payments([payment]).decode() == "\r\n".join([PAYMENTS, *rows, ""])


def test_no_invoices_is_a_heading_alone() -> None:
    assert render_invoices([]) == APPROVED_INVOICES.encode() + b"\r\n"


def test_a_column_the_contract_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no column Colour"):
        render_feed("payments", [{"Colour": "red"}])


def test_a_file_we_receive_is_read_by_its_name_and_its_heading() -> None:
    content = f'{ACCOUNT_HEADING}\r\n61000,"Power, water",Expense,true,false,,,,,\r\n'.encode()
    received = read_received("accounts_20261014T060000Z.csv", content)
    assert (received.feed, received.faults) == ("accounts", ())
    assert index_rows("accounts", received.rows)[("61000",)]["Description"] == "Power, water"


def test_columns_added_at_the_end_are_welcome() -> None:
    rows, faults = read_master_file("accounts", f"{ACCOUNT_HEADING},New\r\n1,,,,,,,,,,x\r\n".encode())
    assert (faults, rows[0]["New"]) == ((), "x")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (f"\ufeff{ACCOUNT_HEADING}\r\n".encode(), "begins with a byte order mark"),
        (f"{ACCOUNT_HEADING}\n".encode(), "does not end with CRLF"),
        (f"{ACCOUNT_HEADING}\r\n1,,,,,,,,,\n2,,,,,,,,,\r\n".encode(), "has a line end that is not CRLF"),
        (f"{ACCOUNT_HEADING}\r\n1,\x00,,,,,,,,\r\n".encode(), "holds a zero byte"),
        (f"{ACCOUNT_HEADING}\r\n1,,,,,,,,,\r\n1,,,,,,,,,\r\n".encode(), "1 appears 2 times"),
        (f"{ACCOUNT_HEADING}\r\n1,2\r\n".encode(), "row 2 has 2 cells, heading 10"),
        (f'{ACCOUNT_HEADING}\r\n"1,,\r\n'.encode(), "not RFC 4180: unexpected end of data"),
        (f"{ACCOUNT_HEADING}\r\n\xe9\r\n".encode("latin-1"), f"byte {len(ACCOUNT_HEADING) + 2} is not UTF-8"),
        (b"", "no heading row"),
    ],
)
def test_each_departure_from_the_contract_is_named(content: bytes, fault: str) -> None:
    assert fault in read_master_file("accounts", content)[1]


def test_line_ends_inside_quotes_are_data() -> None:
    content = f'{ACCOUNT_HEADING}\r\n1,"a\nb",,,,,,,,\r\n'.encode()
    rows, faults = read_master_file("accounts", content)
    assert (faults, rows[0]["Description"]) == ((), "a\nb")


def test_a_swapped_heading_is_named() -> None:
    swapped = ACCOUNT_HEADING.replace("AccountID,Description", "Description,AccountID")
    assert read_master_file("accounts", f"{swapped}\r\n".encode())[1][0].startswith("heading is Description,AccountID")


def test_leftovers_and_strange_names_in_the_inbound_folder_are_faults(tmp_path: Path) -> None:
    folders = prepare_folders(tmp_path)
    (folders.inbound / ".vendors_20261014T060000Z.csv.part").write_bytes(b"")
    (folders.inbound / "prices_20261014T060000Z.csv").write_bytes(b"")
    assert [file.faults for file in list_received(folders.inbound)] == [
        (".vendors_20261014T060000Z.csv.part: left over from an upload",),
        ("prices_20261014T060000Z.csv: not a name of the contract",),
    ]


def test_senders_of_every_manner(tmp_path: Path) -> None:
    content = b"0123456789"
    assert drop_renamed(tmp_path, "a", content).read_bytes() == content
    assert drop_cut(tmp_path, "b", content, size_bytes=4).read_bytes() == b"0123"
    assert drop_preallocated(tmp_path, "c", content, written_bytes=4).read_bytes() == b"0123" + b"\0" * 6
    part = drop_under_temporary_name(tmp_path, "d", content)
    assert not (tmp_path / "d").exists()
    assert finish_drop(part).read_bytes() == content
    assert [path.stat().st_size for path in growing_file(tmp_path, "e", content, pieces=3)] == [4, 8, 10]
    assert drop_slowly(tmp_path, "f", content, pieces=2, pause_seconds=0).read_bytes() == content
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", "d", "e", "f"]
