"""The fix-it file: rows as they came, their reason behind them, and nothing of what was read well."""

from __future__ import annotations

import pytest

from ml_connector.layouts.returning.fix_it import return_refused
from ml_connector.layouts.shipped import load_shipped_layout

FEED = "approved_invoices"
STANDARD = load_shipped_layout("standard-csv")
HEADING = "VendorID,InvoiceNumber,InvoiceDate,Total,Amount,My own column"
GOOD = "V1,INV-1,2026-03-04,10.00,10.00,kept"


def returned(*rows: str, refused: dict[int, str] | None = None, heading: str = HEADING) -> list[str]:
    """The lines of the fix-it file of these rows."""
    content = "\r\n".join((heading, *rows, "")).encode()
    found = return_refused(STANDARD, FEED, files={"a.csv": content}, refused=refused)
    return [line for _, each in found.files for line in each.decode().split("\r\n")[:-1]]


def test_a_row_that_cannot_be_read_goes_back_with_the_reason_and_all_it_held() -> None:
    assert returned(GOOD, "V1,INV-2,2026-03-04,ten,10.00,  mine ") == [
        f"{HEADING},Reason",
        "V1,INV-2,2026-03-04,ten,10.00,  mine ,"
        "Row 3: Total 'ten' does not fit format 1234.56. Invoice INV-2 (V1) is left out.",
    ]


def test_all_rows_of_an_invoice_go_back_together() -> None:
    rows = ("V1,INV-2,2026-03-04,20.00,10.00,a", GOOD, "V1,INV-2,2026-03-04,20.00,ten,b")
    lines = returned(*rows)
    assert [line.split(",")[:6] for line in lines[1:]] == [rows[0].split(","), rows[2].split(",")]
    assert len({line.split(",", 6)[6] for line in lines[1:]}) == 1


def test_a_refused_invoice_goes_back_with_the_reason_it_is_given() -> None:
    assert returned(GOOD, refused={1: 'V04: "V1" is on hold,\nask.'}) == [
        f"{HEADING},Reason",
        f'{GOOD},"V04: ""V1"" is on hold, ask."',
    ]


def test_a_reason_of_before_makes_room_for_the_new_one() -> None:
    again = returned(
        f"{GOOD},old",
        f'{GOOD.replace("INV-1", "INV-2")},"older, ""still"""',
        refused={1: "new", 2: "new"},
        heading=f"{HEADING},Reason",
    )
    assert again == [f"{HEADING},Reason", f"{GOOD},new", f"{GOOD.replace('INV-1', 'INV-2')},new"]


def test_a_file_without_refused_rows_gives_nothing_back() -> None:
    assert returned(GOOD) == []


@pytest.mark.parametrize("content", [b"", b"VendorID,InvoiceNumber\r\n", f"{HEADING}\r\nV1,INV-1\r\n".encode()])
def test_a_file_that_is_refused_whole_gives_nothing_back(content: bytes) -> None:
    found = return_refused(STANDARD, FEED, files={"a.csv": content}, refused={1: "x"})
    assert (found.unread, found.files) == ((), ())


def test_what_can_be_read_of_a_refused_invoice_is_told() -> None:
    content = f"StampliID,{HEADING}\r\nST-1,V1,INV-2,2026-13-04,10.00,10.00,\r\n".encode()
    (unread,) = return_refused(STANDARD, FEED, files={"a.csv": content}).unread
    named = {name: unread.refused.values[name] for name in ("external_id", "vendor_id", "invoice_number")}
    assert named == {"external_id": "ST-1", "vendor_id": "V1", "invoice_number": "INV-2"}
    assert [each.line for each in unread.problems] == [2]


def test_an_element_that_cannot_be_read_goes_back_with_the_reason_inside() -> None:
    one = (
        "<ApprovedInvoice><VendorID>V1</VendorID><InvoiceNumber>{number}</InvoiceNumber>"
        "<InvoiceDate>{day}</InvoiceDate><Total>10.00</Total><Mine>é</Mine>"
        "<Lines><Line><Amount>10.00</Amount></Line></Lines></ApprovedInvoice>"
    )
    good, bad = one.format(number="A", day="2026-03-04"), one.format(number="B", day="soon")
    text = f'<?xml version="1.0" encoding="ISO-8859-1"?><ApprovedInvoices>{good}{bad}</ApprovedInvoices>'
    layout = load_shipped_layout("standard-xml")
    found = return_refused(layout, FEED, files={"a.xml": text.encode("iso-8859-1")})
    ((name, content),) = found.files
    (unread,) = found.unread
    reason = unread.problems[0].message
    assert name == "a.xml"
    assert content.decode("iso-8859-1") == (
        "<?xml version='1.0' encoding='ISO-8859-1'?>\n"
        f"<ApprovedInvoices>{bad.replace('</ApprovedInvoice>', '')}<Reason>{reason}</Reason></ApprovedInvoice>"
        "</ApprovedInvoices>"
    )
