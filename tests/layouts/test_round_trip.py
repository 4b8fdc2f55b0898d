"""What we write, our own reader reads as it was, whatever the texts and figures: every feed, both ways."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.layouts.fields import parse_code
from ml_connector.layouts.layout import Column
from ml_connector.layouts.reading import read_document_file
from ml_connector.layouts.writer import write_rows
from tests.layouts.builders import STANDARD, a_line, a_payment, an_application, an_invoice

Cells: TypeAlias = dict[str, object]
ROW_FEEDS = [name for name, feed in STANDARD.feeds.items() if feed.document == "row"]
# Every character a file may hold; U+FFFD means in a file of the other side that one was lost.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffd"), min_size=1, max_size=12)
VISIBLE = st.characters(categories=["L", "N", "P", "S"], exclude_characters="\ufffd")
CODES = st.text(VISIBLE, min_size=1, max_size=12).filter(lambda text: parse_code(text) == text)
NAUGHTY = (
    "=HYPERLINK(1)",
    "@SUM(1)",
    "+1",
    "-1",
    "\t",
    "''",
    '"',
    '""',
    ",",
    "\r",
    "\n",
    "\r\n",
    "a\x0bb\x0cc\x85d\u2028e",
    "NULL",
    "None",
    "true",
    "\ufeff",
    "\U0001f469\U0001f3fd",
    "Ṱ̺̺̕o͞",
    "社會科學院語學研究所",
    "<script>",
    "\\",
    " ",
)
NUMBERS = {"amount": 4, "price": 6, "quantity": 6}


def values_of(column: Column) -> st.SearchStrategy[object]:
    """Values that fit the column."""
    match column.type:
        case "text":
            return st.one_of(TEXTS, st.sampled_from(NAUGHTY))
        case "code":
            return CODES
        case "word":
            return st.sampled_from(sorted(column.words))
        case "amount" | "price" | "quantity":
            most = 10 ** (15 + NUMBERS[column.type]) - 1
            return st.integers(-most, most).map(lambda digits: Decimal(digits).scaleb(-NUMBERS[column.type]))
        case "whole":
            return st.integers(0, 10**15 - 1)
        case "day":
            return st.dates()
        case "period":
            return st.dates().map(lambda day: f"{day.year:04d}-{day.month:02d}")
        case "instant":
            return st.datetimes(timezones=st.just(UTC))
        case "flag":
            return st.booleans()
        case "packed" | "base64":
            raise AssertionError("standard-csv has no such column")


def cells_of(columns: list[Column]) -> st.SearchStrategy[Cells]:
    """Cells of these columns, all but the required ones empty at times."""
    return st.fixed_dictionaries(
        {each.name: values_of(each) if each.required == "value" else st.none() | values_of(each) for each in columns}
    )


def columns_of(feed: str, place: str) -> list[Column]:
    return [each for each in STANDARD.feeds[feed].columns if each.place == place]


def members_of(feed: str, place: str, cells: Cells) -> Cells:
    """The canonical members that these cells say."""
    return {each.member: each.words.get(str(cells[each.name]), cells[each.name]) for each in columns_of(feed, place)}


@pytest.mark.parametrize("feed", ROW_FEEDS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_every_feed_we_write_reads_as_it_was(feed: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(cells_of(columns_of(feed, "document")), max_size=4))
    content = write_rows(STANDARD, feed, rows)
    found = read_document_file(STANDARD, feed, name="out.csv", content=content)

    assert [each.values for each in found.documents] == [members_of(feed, "document", row) for row in rows]
    assert (found.problems, found.rows, found.repeats) == ((), len(rows), 0)
    assert write_rows(STANDARD, feed, rows) == content


@st.composite
def documents_in(draw: st.DrawFn, feed: str, line_place: str, identity: str) -> list[tuple[Cells, list[Cells]]]:
    """Headers with their lines; ``identity`` is the column that tells them apart."""
    headers = draw(
        st.lists(cells_of(columns_of(feed, "document")), max_size=3, unique_by=lambda cells: cells[identity])
    )
    lines = cells_of(columns_of(feed, line_place))
    return [(header, draw(st.lists(lines, min_size=1, max_size=3))) for header in headers]


@settings(deadline=None, max_examples=60)
@given(documents=documents_in("approved_invoices", "lines", "InvoiceNumber"), attachment=st.none() | CODES)
def test_approved_invoices_read_as_they_were(
    documents: list[tuple[Cells, list[Cells]]], attachment: str | None
) -> None:
    expected: list[Cells] = []
    rows: list[Cells] = []
    for number, (header, lines) in enumerate(documents):
        # Signs have tests of their own.
        header |= {"StampliID": f"id-{number}", "Total": abs(Decimal(str(header["Total"])))}
        for position, line in enumerate(lines, start=1):
            line["LineNumber"] = position
        rows += [{**header, **line} for line in lines]
        shown = [a_line(**members_of("approved_invoices", "lines", each)) for each in lines]
        for line in shown:
            line["kind"] = line["kind"] or ("item" if line["po_number"] else "expense")
        invoice = an_invoice(*shown, **members_of("approved_invoices", "document", header))
        expected.append(invoice | {"kind": invoice["kind"] or "invoice"})
    content = write_rows(STANDARD, "approved_invoices", rows)
    found = read_document_file(STANDARD, "approved_invoices", name="in.csv", content=content)

    assert found.problems == ()
    assert [each.values for each in found.documents] == expected


@settings(deadline=None, max_examples=60)
@given(documents=documents_in("payments", "applications", "PaymentID"))
def test_payments_read_as_they_were(documents: list[tuple[Cells, list[Cells]]]) -> None:
    expected: list[Cells] = []
    rows: list[Cells] = []
    for header, applications in documents:
        for number, application in enumerate(applications):
            application |= {"StampliID": f"id-{number}", "VendorID": "V10005"}
        rows += [{**header, **application} for application in applications]
        shown = [an_application(**members_of("payments", "applications", each)) for each in applications]
        expected.append(a_payment(*shown, **members_of("payments", "document", header) | {"vendor_id": "V10005"}))
    content = write_rows(STANDARD, "payments", rows)
    found = read_document_file(STANDARD, "payments", name="in.csv", content=content)

    assert found.problems == ()
    assert [each.values for each in found.documents] == expected


@settings(deadline=None, max_examples=300)
@given(content=st.binary(max_size=200) | st.text('a",;\r\n\x00é1', max_size=60).map(str.encode))
def test_no_bytes_at_all_make_the_reader_fall(content: bytes) -> None:
    heading = b"VendorID,InvoiceNumber,InvoiceDate,Total,Amount\r\n"
    for whole in (content, heading + content):
        found = read_document_file(STANDARD, "approved_invoices", name="x.csv", content=whole)
        refused = any(each.scope == "file" for each in found.problems)
        assert not (refused and found.documents)
