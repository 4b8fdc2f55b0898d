"""A file cut at any byte gives no wrong amount and no partial row.

A cut exactly at a row end cannot be seen in standard-csv, which has no trailer: the last invoice may then lack lines,
which the check of its lines against its total finds. Cut at a line end inside a quoted cell it looks finished and is
refused, elsewhere it waits.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.layouts.document import Document
from tests.layouts.builders import invoice_text, payment_text, read_invoices, read_payments

INVOICES = invoice_text(
    {"VendorName": "Lümen & Söhne", "Total": "1284.50", "Amount": "900.00", "Description": '"Say ""hi"",\r\nKim"'},
    {
        "VendorName": "Lümen & Söhne",
        "Total": "1284.50",
        "LineNumber": "2",
        "Amount": "384.50",
        "Description": '"Say ""hi"",\r\nKim"',
    },
    {"StampliID": "900102", "Type": "Credit Memo", "Total": "-215.00", "Amount": "-215.00", "VendorName": "é\u200a😀"},
    {"StampliID": "900103", "InvoiceNumber": '"N,1"', "Total": "1000.00", "Amount": "1000.00"},
)
PAYMENTS = payment_text(
    {"PaymentAmount": "150.00"}, {"PaymentAmount": "150.00", "InvoiceNumber": "N2"}, {"PaymentID": "2"}
)


def row_ends(content: bytes, rows: list[str]) -> set[int]:
    """The offsets at which a row ends, between its CR and LF too."""
    ends: set[int] = set()
    at = len(content) - len("".join(rows).encode())
    for row in rows:
        at += len(row.encode())
        ends |= {at - 1, at}
    return ends


def is_start_of(found: Document, whole: Document, place: str) -> bool:
    """Whether a document is another one, or its first lines."""
    lines, all_lines = found.values[place], whole.values[place]
    assert isinstance(lines, list)
    assert isinstance(all_lines, list)
    rest = {key: value for key, value in whole.values.items() if key != place}
    return lines == all_lines[: len(lines)] and rest == {k: v for k, v in found.values.items() if k != place}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_invoices_cut_at_every_byte(mark: bytes) -> None:
    content = mark + INVOICES.encode()
    heading, *rest = INVOICES.split("\r\n900")
    rows = [f"{heading}\r\n", *(f"900{each}\r\n" for each in (*rest[:-1], rest[-1].removesuffix("\r\n")))]
    ends = row_ends(content, rows)
    whole = read_invoices(content)
    assert len(whole.documents) == 3

    for cut in range(len(content)):
        found = read_invoices(content[:cut])
        if cut in ends:
            assert not found.problems
            assert all(map(is_start_of, found.documents, whole.documents, ["lines"] * len(found.documents)))
        else:
            open_quote = content[:cut].endswith((b"\r", b"\n"))
            cut_short = "file.empty" if content[:cut] in (b"", b"\xef\xbb\xbf") else "file.cut_short"
            assert [each.code for each in found.problems] == ["file.open_quote" if open_quote else cut_short]
            assert found.incomplete != open_quote, cut
            assert not found.documents, cut


def test_payments_cut_at_every_byte() -> None:
    content = PAYMENTS.encode()
    whole = read_payments(PAYMENTS)
    ends = row_ends(content, PAYMENTS.splitlines(keepends=True))

    for cut in range(len(content)):
        found = read_payments(PAYMENTS[:cut])
        if cut in ends:
            assert all(map(is_start_of, found.documents, whole.documents, ["applications"] * len(found.documents)))
        else:
            assert found.incomplete, cut
            assert not found.documents, cut


@settings(deadline=None, max_examples=150)
@given(
    amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=6),
    texts=st.lists(st.text('a,"\r\nü', max_size=6), min_size=6, max_size=6),
    share=st.floats(0, 1),
)
def test_a_cut_never_changes_an_amount(amounts: list[int], texts: list[str], share: float) -> None:
    rows = [
        {
            "StampliID": f"id-{number}",
            "Amount": f"{Decimal(cents).scaleb(-2):f}",
            "Total": f"{Decimal(cents).scaleb(-2):f}",
            "Description": '"' + text.replace('"', '""') + '"',
        }
        for number, (cents, text) in enumerate(zip(amounts, texts, strict=False))
    ]
    content = invoice_text(*rows).encode()
    found = read_invoices(content[: int(len(content) * share)])
    totals = [each.values["total"] for each in found.documents]

    assert totals == [Decimal(cents).scaleb(-2) for cents in amounts[: len(totals)]]
