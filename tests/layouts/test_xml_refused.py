"""XML that is hostile, broken or cut: refused or waiting, with nothing expanded, fetched or delivered."""

from __future__ import annotations

import pytest

from ml_connector.layouts.reading import read_document_file
from ml_connector.layouts.shipped import load_shipped_layout

XML = load_shipped_layout("standard-xml")
WHOLE = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<ApprovedInvoices><ApprovedInvoice><StampliID>1</StampliID>'
    b"<VendorID>V1</VendorID><InvoiceNumber>N1</InvoiceNumber><InvoiceDate>2026-01-02</InvoiceDate>"
    b"<Total>1<!-- -->0.00</Total><Lines><Line><Amount>10.00</Amount></Line></Lines>"
    b"</ApprovedInvoice></ApprovedInvoices>"
)
HEAD = b"<ApprovedInvoices><ApprovedInvoice>"
TAIL = b"</ApprovedInvoice></ApprovedInvoices>"
DOCTYPE = b"<!DOCTYPE ApprovedInvoices "


def codes(content: bytes) -> list[str]:
    found = read_document_file(XML, "approved_invoices", name="x.xml", content=content)
    assert found.documents == ()
    return [each.code for each in found.problems]


def test_a_comment_splits_no_value() -> None:
    found = read_document_file(XML, "approved_invoices", name="x.xml", content=WHOLE)

    assert [str(each.values["total"]) for each in found.documents] == ["10.00"]


def test_xml_cut_at_every_byte_waits_and_gives_nothing() -> None:
    for end in range(len(WHOLE)):
        found = read_document_file(XML, "approved_invoices", name="x.xml", content=WHOLE[:end])
        assert found.documents == (), end
        assert found.problems, end
        assert found.incomplete or end < len(b"<?xml "), (end, found.problems)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<ApprovedInvoices>" + b"<a>" * 200_000, "file.xml_too_deep"),
        (HEAD + b"<VendorID>" + b"x" * 11_000_000 + b"</VendorID>" + TAIL, "file.xml_too_large"),
        (HEAD + b"<x/>" * 110_000 + TAIL, "file.xml_too_large"),
        (b"<ApprovedInvoices/><ApprovedInvoices/>", "file.not_well_formed"),
        (b"<ApprovedInvoices/>x", "file.not_well_formed"),
        (HEAD + b"<VendorID>&foo;</VendorID>" + TAIL, "file.not_well_formed"),
        (b"<Invoices/>", "file.other_root"),
        (DOCTYPE + b'[<!ENTITY a "x">]>' + WHOLE.partition(b"\n")[2], "file.doctype"),
        (DOCTYPE + b'SYSTEM "http://169.254.169.254/x.dtd">' + WHOLE.partition(b"\n")[2], "file.doctype"),
        (DOCTYPE + b'[<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>' + WHOLE.partition(b"\n")[2], "file.doctype"),
        (WHOLE.replace(b"UTF-8", b"UTF-7"), "file.other_encoding"),
        (b"\xef\xbb\xbf" + WHOLE.replace(b"UTF-8", b"ISO-8859-1"), "file.other_encoding"),
        (WHOLE.replace(b"V1", b"V\xfc"), "file.not_its_encoding"),
        (WHOLE.replace(b"</Total>", b"</Total><Total>11.00</Total>"), "value.twice"),
        (WHOLE.replace(b"Total>", b"Sum>"), "heading.missing"),
        (b"PK\x03\x04", "file.other_format"),
        (b"a,b\r\n", "file.other_format"),
    ],
)
def test_what_is_no_sound_xml_is_refused(content: bytes, code: str) -> None:
    assert code in codes(content)
