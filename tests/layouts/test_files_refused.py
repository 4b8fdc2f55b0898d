"""A file that is not what it should be is refused whole, in words, or waits where it may still be growing."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any

import pytest

from ml_connector.layouts.csv_format import Record, read_records
from ml_connector.layouts.document import Reading
from ml_connector.layouts.layout import CsvDialect
from ml_connector.layouts.reading import read_document_file
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.problems import Problem
from tests.layouts.builders import STANDARD, invoice_text, read_invoices

WHOLE = invoice_text({}, {"StampliID": "900102", "InvoiceNumber": "INV-8842"})
HEADING = invoice_text()


def refusal(code: str, message: str, **more: Any) -> Problem:
    return Problem(code, message, "invoices.csv", **({"scope": "file"} | more))


def test_an_empty_file_waits() -> None:
    found = read_invoices(b"")

    assert found == Reading(
        problems=(refusal("file.empty", "The file is empty (0 bytes).", rule="a heading row at least"),)
    )
    assert found.incomplete


def test_a_byte_order_mark_alone_is_an_empty_file() -> None:
    found = read_invoices(b"\xef\xbb\xbf")

    assert [each.message for each in found.problems] == ["The file is empty but for its byte order mark."]
    assert found.incomplete


def test_a_heading_alone_is_a_batch_of_nothing_and_no_problem() -> None:
    found = read_invoices(HEADING)

    assert found == Reading(notes=("The file holds its heading alone.",))
    assert not found.incomplete


def test_a_file_of_empty_lines_has_no_heading() -> None:
    found = read_invoices("\r\n\r\n")

    rule = "the first row names the columns"
    assert found.problems == (refusal("file.no_heading", "The file has no heading row.", rule=rule),)
    assert not found.incomplete


def test_a_file_cut_in_its_last_row_waits() -> None:
    found = read_invoices(WHOLE[:-10])

    assert found == Reading(
        problems=(
            refusal(
                "file.cut_short",
                "File ends in the middle of row 3.",
                line=3,
                rule="the last row ends with a line end",
            ),
        )
    )
    assert found.incomplete


def test_a_last_row_without_a_line_end_waits_though_it_may_be_whole() -> None:
    assert read_invoices(WHOLE.removesuffix("\r\n")).incomplete


def test_a_file_cut_inside_a_quoted_cell_waits_and_names_the_quote() -> None:
    text = invoice_text({"Description": '"two\r\nlines"'}, {"StampliID": "2", "Description": '"open'})
    found = read_invoices(text.removesuffix(",100.00\r\n").rstrip())

    assert [(each.code, each.line, each.message) for each in found.problems] == [
        ("file.cut_short", 4, "Quote opened in row 4 never closes. File ends in the middle of row 4.")
    ]
    assert found.incomplete


def test_a_quote_that_never_closes_in_a_finished_file_is_refused() -> None:
    found = read_invoices(invoice_text({}, {"Description": '"open'}, {}))

    assert found.problems == (
        refusal(
            "file.open_quote",
            "Quote opened in row 3 never closes.",
            line=3,
            rule="every quote that opens a cell closes it",
        ),
    )
    assert not found.incomplete


def test_text_behind_a_closing_quote_is_refused() -> None:
    found = read_invoices(invoice_text({}, {"Description": '"8" pipe"'}))

    assert [(each.code, each.line, each.message) for each in found.problems] == [
        (
            "row.stray_quote",
            3,
            "Row 3: text follows a closing quote; a quote before it is missing or is not doubled.",
        )
    ]


def test_a_quote_opened_far_above_is_named_with_the_line_where_it_showed() -> None:
    found = read_invoices(invoice_text({"Description": '"open'}, {}, {"Description": '"a'}))

    assert [each.message for each in found.problems] == [
        "Row 2, line 4: text follows a closing quote; a quote before it is missing or is not doubled."
    ]


@pytest.mark.parametrize("length", [65_537, 200_000])
def test_an_endless_cell_is_refused(length: int) -> None:
    found = read_invoices(invoice_text({"Description": "x" * length}))

    assert [(each.code, each.line, each.rule) for each in found.problems] == [
        ("row.field_too_long", 2, "at most 65,536 characters in a cell")
    ]


def test_a_long_row_of_short_cells_is_a_row() -> None:
    row = {f"Extra{number}": "x" * 50_000 for number in range(3)} | {"Description": "y" * 65_536}

    assert len(read_invoices(invoice_text(row)).documents) == 1


def test_a_row_with_fewer_or_more_cells_refuses_the_file() -> None:
    short, long = WHOLE + "1,2\r\n", WHOLE.replace("INV-8842", "INV,8842")

    assert [each.problems for each in map(read_invoices, (short, long))] == [
        (
            refusal(
                "row.ragged",
                "Row 4 has 2 cells, header 8.",
                record=3,
                line=4,
                rule="each row has as many cells as the header",
            ),
        ),
        (
            refusal(
                "row.ragged",
                "Row 3 has 9 cells, header 8.",
                record=2,
                line=3,
                rule="each row has as many cells as the header",
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("delimiter", "words"), [(";", "file uses ';'."), ("\t", "file uses a tab."), ("|", "file uses '|'.")]
)
def test_another_delimiter_is_named(delimiter: str, words: str) -> None:
    found = read_invoices(WHOLE.replace(",", delimiter))

    assert [(each.code, each.scope, each.message) for each in found.problems] == [
        ("file.other_delimiter", "file", f"Expected ',' but {words}")
    ]


def test_every_missing_column_is_named() -> None:
    found = read_invoices(invoice_text({}, without=("InvoiceNumber", "Total", "Amount", "DueDate")))

    assert found.problems == tuple(
        refusal(
            "heading.missing",
            f"Column '{name}' is missing.",
            line=1,
            column=name,
            rule="a column that must be there",
        )
        for name in ("InvoiceNumber", "Total", "Amount")
    )


def test_a_column_that_appears_twice_refuses_the_file_known_or_not() -> None:
    twice = [HEADING.replace("Type", "total"), HEADING.replace("Type", "Memo").replace("LineNumber", "Memo")]

    assert [[each.message for each in read_invoices(text).problems] for text in twice] == [
        ["Column 'Total' appears twice."],
        ["Column 'Memo' appears twice."],
    ]


def test_an_invalid_byte_is_named_with_its_row_and_offset() -> None:
    content = WHOLE.encode().replace(b"INV-8842", b"INV\x92842")
    offset = content.index(b"\x92")

    assert read_invoices(content).problems == (
        refusal(
            "file.not_utf8",
            f"Byte 0x92 at row 3 is not UTF-8 (byte offset {offset} in the file).",
            line=3,
            value="0x92",
            rule="UTF-8 text",
        ),
    )


def test_the_offset_counts_the_byte_order_mark() -> None:
    content = b"\xef\xbb\xbf" + WHOLE.encode() + b"\xff\r\n"

    assert f"byte offset {content.index(0xFF)} in" in read_invoices(content).problems[0].message


@pytest.mark.parametrize(
    ("encoding", "message"),
    [
        ("utf-16", "The file is written in UTF-16; UTF-8 is expected."),
        ("utf-32", "The file is written in UTF-32; UTF-8 is expected."),
        ("utf-16-le", "The file looks like UTF-16 without its mark; UTF-8 is expected."),
        ("utf-16-be", "The file looks like UTF-16 without its mark; UTF-8 is expected."),
    ],
)
def test_a_wide_encoding_is_named(encoding: str, message: str) -> None:
    found = read_invoices(WHOLE.encode(encoding))

    assert [(each.code, each.message) for each in found.problems] == [("file.utf_16", message)]


def test_a_zero_byte_is_refused() -> None:
    found = read_invoices(WHOLE.replace("INV-8842", "INV\x008842"))

    assert [(each.code, each.line, each.message) for each in found.problems] == [
        ("file.nul", 3, "Row 3 holds a zero byte, which no text has.")
    ]


def test_a_character_lost_on_the_way_refuses_a_file_of_the_other_side_alone() -> None:
    lost = read_invoices(invoice_text({"Description": "L\ufffdmen"}))
    content = "VendorID,VendorName\r\nV1,L\ufffdmen\r\n".encode()
    ours = read_document_file(STANDARD, "vendors", name="vendors.csv", content=content)

    assert [(each.code, each.line) for each in lost.problems] == [("file.lost_character", 2)]
    assert [each.values["vendor_name"] for each in ours.documents] == ["L\ufffdmen"]


def zip_of(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, WHOLE)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (zip_of("invoices.csv"), "a ZIP archive"),
        (zip_of("xl/workbook.xml"), "an Excel file"),
        (gzip.compress(WHOLE.encode()), "a gzip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "an Excel file"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"\xef\xbb\xbf <!DOCTYPE HTML><html>", "a web page"),
        (b"\r\n<html>", "a web page"),
        (b'<?xml version="1.0"?>', "XML"),
        (b"<Invoices>", "a marked-up text"),
        (b"-----BEGIN PGP MESSAGE-----", "a PGP message"),
    ],
)
def test_another_kind_of_file_is_named_whatever_its_name(content: bytes, what: str) -> None:
    found = read_invoices(content)

    assert [(each.code, each.message) for each in found.problems] == [
        ("file.other_format", f"The file is {what} instead of CSV.")
    ]


@pytest.mark.parametrize("first", ["", "Total", "Grand total:"])
def test_a_row_of_totals_refuses_the_file(first: str) -> None:
    blank = dict.fromkeys(("Type", "VendorID", "InvoiceNumber", "InvoiceDate", "LineNumber"), "")
    found = read_invoices(invoice_text({}, blank | {"StampliID": first}))

    assert found.problems == (
        refusal(
            "row.looks_like_total",
            "Row 3 looks like a total: it has an amount and names no invoice.",
            record=2,
            line=3,
            rule="each row belongs to one invoice",
        ),
    )


@pytest.mark.parametrize("bad", ['"x', '"x"y\r\n', "x" * 70_000 + "\r\n", "x"])
def test_the_first_problem_ends_the_rows(bad: str) -> None:
    found = list(read_records(f"a,b\r\n{bad}", CsvDialect(), file="invoices.csv"))

    assert found[0] == Record(0, 1, ["a", "b"])
    assert [isinstance(each, Problem) for each in found] == [False, True]


def test_a_row_shorter_than_a_layout_without_heading_needs_is_refused() -> None:
    layout = load_shipped_layout("l07b-tab-no-heading")
    found = read_document_file(layout, "approved_invoices", name="short.txt", content=b"a\nb\n1\t2\t3\n")

    assert [(each.code, each.message) for each in found.problems] == [
        ("row.ragged", "The first row has 3 cells, the layout needs 9.")
    ]
