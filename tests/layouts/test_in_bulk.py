"""Rows read by the hundred say what the same rows read one by one say, to the last value, problem and count."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.layouts.document import Document, Reading
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.reading import read_document_file, stream_document_file
from tests.layouts.builders import STANDARD, invoice_text, payment_text

# A layout that also looks for headings in between says the same and is read row by row.
ROW_BY_ROW = replace(STANDARD, dialect=replace(STANDARD.dialect, repeated_heading=True))
CELLS: dict[str, Sequence[str]] = {
    "Amount": ("100.00", "0.00", "0.50", "-0.00", "-12.30", "007.00", "12.5", "1.234", "1e5", "1,5", "", " 5.00 "),
    "UnitPrice": ("", "65.2125", "12.00", "0.10", "-"),
    "LineNumber": ("1", "2", "3", "", "x"),
    "LineDescription": ("", "Pens", '"a\r\nb"', '"5.00\n6.00"', " x ", "\u200b", "é"),
    "Account": ("61000", "", "6 1000", "\u00a0", "1.23457E+11", "é"),
    "PONumber": ("", "004417"),
    "Attachment": ("", "", "a.pdf", "../a.pdf"),
    "Total": ("100.00", "100.0", "0.00", "-5.00", "x", ""),
    "Type": ("Invoice", "Credit Memo", "", "?"),
    "StampliID": ("1", "2", "", "1\u200b"),
    "InvoiceNumber": ("N1", "N2", ""),
    "InvoiceDate": ("2026-10-05", "", "2026-02-30"),
}
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={name: st.sampled_from(cells) for name, cells in CELLS.items()}), max_size=12
)


def whole(layout: Layout, text: str, feed: str = "approved_invoices") -> Reading:
    """What the file says."""
    return read_document_file(layout, feed, name="invoices.csv", content=text.encode())


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_invoices_read_at_once_say_what_they_say_row_by_row(rows: list[dict[str, str]]) -> None:
    text = invoice_text(*rows)

    assert whole(STANDARD, text) == whole(ROW_BY_ROW, text)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(("P1", "P2", "")), st.sampled_from(("N1", "N2")), st.sampled_from(("1.00", "2")))
    )
)
def test_payments_read_at_once_say_what_they_say_row_by_row(rows: list[tuple[str, str, str]]) -> None:
    text = payment_text(
        *({"PaymentID": payment, "InvoiceNumber": number, "AppliedAmount": amount} for payment, number, amount in rows)
    )

    assert whole(STANDARD, text, "payments") == whole(ROW_BY_ROW, text, "payments")


def test_a_document_that_spans_many_batches_is_one() -> None:
    rows = [{"LineNumber": str(number), "Amount": f"{number}.00"} for number in range(1, 1001)]
    before = [{"StampliID": f"a{number}", "InvoiceNumber": f"A{number}"} for number in range(100)]
    text = invoice_text(*before, *rows, {"StampliID": "z", "InvoiceNumber": "Z"})
    found = whole(STANDARD, text)

    assert found == whole(ROW_BY_ROW, text)
    assert [len(each.source.lines) for each in found.documents] == [1] * 100 + [1000, 1]


def test_a_line_that_stands_again_in_a_later_batch_is_a_repeat() -> None:
    rows = [{"LineNumber": str(number % 500)} for number in range(501)]
    found = whole(STANDARD, invoice_text(*rows))

    assert (found.rows, found.repeats, len(found.documents)) == (501, 1, 1)


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_physical_lines_are_counted_over_cells_with_line_ends_and_empty_lines(line_end: str) -> None:
    rows = [
        {"StampliID": str(at), "Description": f'"a{line_end}{line_end}b"' if at % 7 == 0 else ""} for at in range(300)
    ]
    text = invoice_text(*rows).replace("\r\n", line_end).replace(f"{line_end}5,", f"{line_end}{line_end}5,")
    found = whole(STANDARD, text)

    assert found.documents[-1].source.line == 302 + 2 * 43
    assert found == whole(ROW_BY_ROW, text)


def test_a_streamed_file_keeps_to_its_own_rows() -> None:
    text = invoice_text(*({"StampliID": str(number // 3), "LineNumber": str(number)} for number in range(700)))
    stream = io.BytesIO(text.encode())
    found = list(stream_document_file(STANDARD, "approved_invoices", name="invoices.csv", stream=stream))

    assert tuple(each for each in found if isinstance(each, Document)) == whole(ROW_BY_ROW, text).documents
