"""Elements read by the batch say what they say record by record, to the last value, problem and count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from ml_connector.layouts.document import Reading
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.reading import read_document_file
from tests.layouts.test_xml_refused import XML

# A layout that may also unpack says the same and is read record by record.
ONE_BY_ONE = replace(XML, files=replace(XML.files, unwrap=("gzip",)))
HEADER: dict[str, Sequence[str]] = {
    "StampliID": ("1", "", "1\u200b"),
    "VendorID": ("V1", ""),
    "InvoiceNumber": ("N1", "N2", ""),
    "InvoiceDate": ("2026-10-05", "2026-02-30", ""),
    "Total": ("100.00", "100.00", "-5.00", "0.00", "1e5", "", "\n 7.00\n "),
    "Type": ("Invoice", "Credit Memo", "?", ""),
    "Description": ("", "a b", "<&>", "é"),
}
LINE: dict[str, Sequence[str]] = {
    "LineNumber": ("1", "2", "", "x"),
    "Amount": ("100.00", "-0.00", "0.50", "12.5", "", "1,5"),
    "Account": ("61000", "", "6 1"),
    "PONumber": ("", "004417"),
    "Attachment": ("", "", "a.pdf", "../a.pdf"),
}
Paper = tuple[Mapping[str, str], Sequence[Mapping[str, str]]]
# Names that no record has refuse the file; this one has them all.
SOUND: Paper = (
    {"StampliID": "0", "VendorID": "V1", "InvoiceNumber": "N0", "InvoiceDate": "2026-10-05", "Total": "1.00"},
    [{"LineNumber": "1", "Amount": "1.00"}],
)
PAID: Paper = (
    {"PaymentID": "P0", "Status": "Cleared", "PaymentDate": "2026-10-20", "PaymentAmount": "1.00"},
    [{"VendorID": "V1", "InvoiceNumber": "N1", "AppliedAmount": "1.00"}],
)
PAYMENT = {
    "PaymentID": ("P1", "P2"),
    "Status": ("Cleared",),
    "PaymentDate": ("2026-10-20",),
    "PaymentAmount": ("1.00", "x"),
}
APPLICATION = {"VendorID": ("V1", "V2"), "InvoiceNumber": ("N1", "N2"), "AppliedAmount": ("1.00", "", "2.00")}


def elements(cells: Mapping[str, Sequence[str]]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(texts) for name, texts in cells.items()})


def text_of(cells: Mapping[str, str]) -> str:
    return "".join(f"<{name}>{escape(text)}</{name}>" for name, text in cells.items())


def read(layout: Layout, feed: str, text: str) -> Reading:
    """What the file says."""
    return read_document_file(layout, feed, name="x.xml", content=text.encode())


def nested(
    names: tuple[str, str, str, str], documents: Sequence[tuple[Mapping[str, str], Sequence[Mapping[str, str]]]]
) -> str:
    root, document, group, item = names
    inner = "".join(
        f"<{document}>{text_of(header)}<{group}>"
        + "".join(f"<{item}>{text_of(each)}</{item}>\n" for each in items)
        + f"</{group}></{document}>\n"
        for header, items in documents
    )
    return f"<{root}>{inner}</{root}>"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(elements(HEADER), st.lists(elements(LINE), max_size=3)), max_size=5))
def test_invoices_read_at_once_say_what_they_say_one_by_one(
    documents: list[tuple[dict[str, str], list[dict[str, str]]]],
) -> None:
    whole: list[Paper] = [
        SOUND,
        *(({**SOUND[0], "StampliID": str(at), **header}, lines) for at, (header, lines) in enumerate(documents)),
    ]
    text = nested(("ApprovedInvoices", "ApprovedInvoice", "Lines", "Line"), whole)

    assert read(XML, "approved_invoices", text) == read(ONE_BY_ONE, "approved_invoices", text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(elements(PAYMENT), st.lists(elements(APPLICATION), max_size=3)), max_size=4))
def test_payments_read_at_once_say_what_they_say_one_by_one(
    documents: list[tuple[dict[str, str], list[dict[str, str]]]],
) -> None:
    text = nested(("Payments", "Payment", "Applications", "Application"), [PAID, *documents])

    assert read(XML, "payments", text) == read(ONE_BY_ONE, "payments", text)


def test_many_batches_are_read_in_order() -> None:
    documents = [
        (
            {
                "StampliID": str(number),
                "VendorID": "V1",
                "InvoiceNumber": f"N{number}",
                "InvoiceDate": "2026-10-05",
                "Total": "1.00",
            },
            [{"Amount": "1.00"}] * (number % 3 + 1),
        )
        for number in range(200)
    ]
    text = nested(("ApprovedInvoices", "ApprovedInvoice", "Lines", "Line"), documents)
    found = read(XML, "approved_invoices", text)

    assert [each.values["external_id"] for each in found.documents] == [str(number) for number in range(200)]
    assert found == read(ONE_BY_ONE, "approved_invoices", text)
