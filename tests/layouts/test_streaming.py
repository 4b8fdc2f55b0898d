"""A long file read one document at a time says what it says read whole, or is refused for the same reason."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.layouts.document import Document
from ml_connector.layouts.reading import stream_document_file
from ml_connector.problems import Problem
from tests.layouts.builders import STANDARD, invoice_text, read_invoices

ROWS = [
    {},
    {"LineNumber": "2", "Amount": "7.00"},
    {"LineNumber": "2", "Amount": "8.00"},
    {"LineNumber": "", "PONumber": "004417"},
    {"LineNumber": "3", "Amount": "12O.00"},
    {"LineNumber": "4", "Attachment": "a.pdf"},
    {"LineNumber": "5", "Attachment": "../a.pdf"},
]
HEADERS = [
    {"Type": "Invoice"},
    {"Type": "Credit Memo", "Total": "-100.00"},
    {"Type": "Invoice", "Total": "-100.00"},
    {"Type": "", "Total": "0.00"},
    {"Total": "x"},
    {"InvoiceDate": "2026-02-30"},
]


def streamed(content: str | bytes) -> list[Document | Problem]:
    """What a file of approved invoices named ``invoices.csv`` says, one by one."""
    whole = content.encode() if isinstance(content, str) else content
    return list(stream_document_file(STANDARD, "approved_invoices", name="invoices.csv", stream=io.BytesIO(whole)))


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.sampled_from(HEADERS), st.lists(st.sampled_from(ROWS), min_size=1, max_size=4)), max_size=4)
)
def test_a_streamed_file_says_what_the_whole_one_says(
    documents: list[tuple[dict[str, str], list[dict[str, str]]]],
) -> None:
    rows = [
        {"StampliID": str(number), "InvoiceNumber": f"N{number}", **header, **row}
        for number, (header, lines) in enumerate(documents)
        for row in lines
    ]
    text = invoice_text(*rows)
    whole = read_invoices(text)
    found = streamed(text)
    as_whole = [Document(e.feed, e.values, e.source) if isinstance(e, Document) else e for e in found]

    assert [each.values for each in as_whole if isinstance(each, Document)] == [each.values for each in whole.documents]
    assert [each.source.lines for each in found if isinstance(each, Document)] == [
        each.source.lines for each in whole.documents
    ]
    assert sorted(each.message for each in found if isinstance(each, Problem)) == sorted(
        each.message for each in whole.problems
    )


def test_a_document_that_goes_on_after_another_refuses_the_file() -> None:
    found = streamed(invoice_text({}, {"StampliID": "2", "InvoiceNumber": "N2"}, {"LineNumber": "2"}))

    assert [each.code for each in found if isinstance(each, Problem)] == ["row.document_resumed"]
    assert isinstance(found[-1], Problem) and found[-1].scope == "file"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        invoice_text({}, {}).encode()[:-5],
        invoice_text({"Description": '"open'}).encode(),
        invoice_text({"VendorID": "V\x00"}).encode(),
        invoice_text({"VendorID": "V"}).encode().replace(b",V,", b",\xfc,"),
        invoice_text({}).encode() + b"1,2\r\n",
        invoice_text({"Description": "x" * 70_000}).encode(),
        invoice_text({"InvoiceNumber": ""}, without=("Amount",)).encode(),
    ],
)
def test_a_streamed_file_ends_with_the_reason_why_nothing_counts(content: bytes) -> None:
    found = streamed(content)

    assert isinstance(found[-1], Problem)
    assert found[-1].scope == "file"
