"""Section F of the fault catalogue, row by row: what can be wrong with the content of a file.

The rows here are proven on the reader alone, which every file passes before anything of it is used.
"""

from __future__ import annotations

import gzip
import io
import tracemalloc
from dataclasses import dataclass
from decimal import Decimal

import pytest

from ml_connector.layouts.document import Document, Reading
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.reading import read_document_file, stream_document_file
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.writer import write_rows
from tests.golden.test_samples import FOLDER
from tests.layouts.builders import STANDARD, invoice_text
from tests.layouts.test_xml_refused import DOCTYPE, HEAD, TAIL, WHOLE, XML

XML_IGNORING = load_shipped_layout("l15-xml-doctype-ignored")
ONE = invoice_text({})
TWO = invoice_text({}, {"LineNumber": "2", "Description": ""})
BODY = WHOLE.partition(b"\n")[2]


@dataclass(frozen=True, slots=True)
class FileFault:
    """One row whose file, or document, is refused: the code and what the message holds."""

    row: int
    told: str
    content: bytes
    code: str
    words: str = ""
    layout: Layout = STANDARD

    @property
    def name(self) -> str:
        """How the test is called."""
        return f"row {self.row}: {self.told}"


def _cell(row: int, code: str, words: str = "", **cells: str) -> FileFault:
    told = ", ".join(f"{name} {value[:24]}" for name, value in cells.items())
    return FileFault(row, told, invoice_text(cells).encode(), code, words)


def _xml(row: int, told: str, content: bytes, code: str, words: str = "") -> FileFault:
    return FileFault(row, told, content, code, words, XML)


_AMOUNT = "value.not_an_amount"
_FITS = "does not fit format 1234.56"
_DEEP = b"<ApprovedInvoices>" + b"<a>" * 200_000
_ENTITIES = b'[<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

REFUSED: tuple[FileFault, ...] = (
    FileFault(166, "cut in the last row", ONE[:-8].encode(), "file.cut_short", "File ends in the middle of row 2"),
    FileFault(
        168,
        "an open quote",
        invoice_text({"VendorName": '"Acme'}).encode(),
        "file.open_quote",
        "Quote opened in row 2 never closes",
    ),
    FileFault(
        170,
        "another delimiter",
        ONE.replace(",", ";").encode(),
        "file.other_delimiter",
        "Expected ',' but file uses ';'",
    ),
    FileFault(170, "tabs", ONE.replace(",", "\t").encode(), "file.other_delimiter", "a tab"),
    FileFault(170, "bars", ONE.replace(",", "|").encode(), "file.other_delimiter", "'|'"),
    FileFault(
        172,
        "a required column renamed",
        ONE.replace("Total", "Sum").encode(),
        "heading.missing",
        "Column 'Total' is missing",
    ),
    FileFault(
        174,
        "a heading twice",
        ONE.replace("Type", "Amount").encode(),
        "heading.twice",
        "Column 'Amount' appears twice",
    ),
    FileFault(175, "UTF-16 that is not configured", ONE.encode("utf-16"), "file.utf_16", "UTF-16"),
    FileFault(
        176,
        "a byte of cp1252",
        ONE.encode().replace(b"INV-", b"I\x92V-"),
        "file.not_utf8",
        "Byte 0x92 at row 2 is not UTF-8",
    ),
    FileFault(178, "a zero byte", ONE.encode().replace(b"INV-", b"I\x00V-"), "file.nul", "Row 2"),
    _cell(179, "row.field_too_long", "field too long", VendorName="x" * 10_000_000),
    FileFault(181, "a row with a cell too many", f"{ONE}1,2\r\n".encode(), "row.ragged", "Row 3 has 2 cells, header"),
    FileFault(
        182,
        "a row of totals",
        (ONE + "," * (ONE.split("\r\n")[0].count(",") - 2) + "100.00,,\r\n").encode(),
        "row.looks_like_total",
        "Row 3 looks like a total",
    ),
    FileFault(182, "a line of comment", f"{ONE}# made by a report\r\n".encode(), "row.ragged", "Row 3"),
    FileFault(182, "a title above", f"Approved invoices\r\n{ONE}".encode(), "heading.missing"),
    _cell(185, _AMOUNT, f"'1.234,56' {_FITS}", Amount='"1.234,56"'),
    _cell(186, _AMOUNT, f"'1,234' {_FITS}", Amount='"1,234"'),
    *(_cell(187, _AMOUNT, _FITS, Amount=text) for text in ("(123.45)", "123.45-", "123.45 CR")),
    *(_cell(189, _AMOUNT, _FITS, Amount=text) for text in ("NaN", "Infinity", "1e5", "0x1F")),
    _cell(190, _AMOUNT, _FITS, Amount="1e999999"),
    *(_cell(191, _AMOUNT, _FITS, Amount=text) for text in ("\uff11\uff12.00", "\u0661.00", "1_000.00")),
    _cell(192, "value.too_many_decimals", "5 decimals", Amount="1.00001"),
    _cell(193, "value.too_many_digits", "more than 15 digits", Amount=f"{10**18}.00"),
    _cell(194, _AMOUNT, _FITS, Amount="$100.00"),
    _cell(195, "value.not_a_date", "'01/02/2026' is not a valid date YYYY-MM-DD", InvoiceDate="01/02/2026"),
    *(
        _cell(196, "value.not_a_date", f"'{text}' is not a valid date", InvoiceDate=text)
        for text in ("26-01-02", "2026-02-30", "0000-00-00", "45234")
    ),
    _cell(199, "value.changed_by_spreadsheet", "changed by a spreadsheet", InvoiceNumber="1.23457E+11"),
    *(
        _cell(200, "value.hidden_character", f"U+{ord(hidden):04X}", InvoiceNumber=f"INV{hidden}1")
        for hidden in "\u200b\u00a0\u00ad"
    ),
    FileFault(
        205,
        "one line with two amounts",
        invoice_text({}, {"Amount": "99.00"}).encode(),
        "row.contradiction",
        "Rows 2 and 3 contradict",
    ),
    _xml(210, "billion laughs", DOCTYPE + _ENTITIES + BODY, "file.doctype", "XML with DOCTYPE"),
    _xml(211, "a large entity", DOCTYPE + b'[<!ENTITY a "' + b"x" * 50_000 + b'">]>' + BODY, "file.doctype"),
    _xml(212, "a file", DOCTYPE + b'[<!ENTITY a SYSTEM "file:///etc/passwd">]>' + BODY, "file.doctype"),
    _xml(212, "an address", DOCTYPE + b'[<!ENTITY a SYSTEM "http://169.254.169.254/">]>' + BODY, "file.doctype"),
    _xml(213, "a DTD of others", DOCTYPE + b'SYSTEM "http://127.0.0.1/x.dtd">' + BODY, "file.doctype"),
    _xml(213, "parameter entities", DOCTYPE + b'[<!ENTITY % a SYSTEM "file:///x"> %a;]>' + BODY, "file.doctype"),
    _xml(214, "200,000 levels", _DEEP, "file.xml_too_deep", "XML too deep"),
    _xml(215, "100,000 children", HEAD + b"<x/>" * 100_001 + TAIL, "file.xml_too_large", "XML too large"),
    _xml(216, "a text of 11 MB", HEAD + b"<a>" + b"x" * 11_000_000 + b"</a>" + TAIL, "file.xml_too_large"),
    _xml(217, "UTF-7", WHOLE.replace(b"UTF-8", b"UTF-7"), "file.other_encoding", "Encoding not allowed"),
    _xml(217, "EBCDIC", WHOLE.replace(b"UTF-8", b"cp037"), "file.other_encoding", "Encoding not allowed"),
    _xml(217, "a mark against it", b"\xef\xbb\xbf" + WHOLE.replace(b"UTF-8", b"ISO-8859-1"), "file.other_encoding"),
    _xml(217, "UTF-16 by its mark", b"\xff\xfe" + WHOLE.decode().encode("utf-16-le"), "file.other_encoding"),
    _xml(220, "a second root", WHOLE + b"<ApprovedInvoices/>", "file.not_well_formed", "not well formed (line"),
    _xml(220, "text behind the root", WHOLE + b"x", "file.not_well_formed", "not well formed"),
    _xml(
        221,
        "an element twice",
        WHOLE.replace(b"</Total>", b"</Total><Total>11.00</Total>"),
        "value.twice",
        "Total appears 2 times",
    ),
    _xml(
        221,
        "another namespace",
        WHOLE.replace(b"<ApprovedInvoices>", b'<ApprovedInvoices xmlns="x">'),
        "file.other_root",
    ),
    FileFault(222, "gzip named .csv", gzip.compress(ONE.encode()), "file.other_format", "gzip archive instead of CSV"),
    FileFault(222, "zip named .csv", b"PK\x03\x04" + bytes(100), "file.other_format", "ZIP archive instead of CSV"),
    FileFault(223, "a workbook", b"PK\x03\x04xl/workbook.xml", "file.other_format", "Excel file instead of CSV"),
    FileFault(223, "a web page", b"<html>" + ONE.encode(), "file.other_format", "web page instead of CSV"),
)


def read(content: bytes, layout: Layout = STANDARD) -> Reading:
    """What the file says of approved invoices."""
    name = "invoices.xml" if layout.format == "xml" else "invoices.csv"
    return read_document_file(layout, "approved_invoices", name=name, content=content)


def values_of(content: str | bytes, layout: Layout = STANDARD) -> list[dict[str, object]]:
    """The values of all documents of a file with no problem."""
    found = read(content.encode() if isinstance(content, str) else content, layout)
    assert found.problems == ()
    return [dict(each.values) for each in found.documents]


@pytest.mark.parametrize("fault", REFUSED, ids=lambda each: each.name)
def test_nothing_of_a_faulty_file_or_document_is_used(fault: FileFault) -> None:
    found = read(fault.content, fault.layout)

    assert found.documents == ()
    assert {each.code for each in found.problems} == {fault.code}
    assert fault.words in found.problems[0].message


def test_row_167_a_cut_at_a_row_end_leaves_the_rows_that_are_there_unless_the_file_counts_them() -> None:
    content = (TWO + invoice_text({"StampliID": "2"}).split("\r\n")[1] + "\r\n").encode()
    last = content[:-2].rfind(b"\r\n") + 2
    assert [each.source.lines for each in read(content[:last]).documents] == [(2, 3)]

    sample = (FOLDER / "csv/flat/L19c.csv").read_bytes()
    counted = read(sample[: sample[:-2].rfind(b"\n") + 1], load_shipped_layout("l19c-counted-rows"))
    assert [each.code for each in counted.problems] == ["file.controls_differ"]
    assert "states documents 2, but 1 were read" in counted.problems[0].message


def test_row_169_a_line_break_inside_a_cell_is_one_cell() -> None:
    [found] = values_of(invoice_text({"Description": '"first\r\nsecond"'}))
    assert found["description"] == "first\r\nsecond"


def test_row_171_columns_are_found_by_name_in_any_order() -> None:
    heading, row = (each.split(",") for each in ONE.split("\r\n")[:2])
    turned = ",".join(reversed(heading)) + "\r\n" + ",".join(reversed(row)) + "\r\n"
    assert values_of(turned) == values_of(ONE)


def test_row_173_a_new_column_is_ignored_and_noted() -> None:
    found = read(invoice_text({"Memo2": "x"}).encode())
    assert found.notes == ("Column 'Memo2' is not known and was ignored.",)
    assert len(found.documents) == 1


def test_row_175_a_byte_order_mark_changes_nothing() -> None:
    assert values_of(b"\xef\xbb\xbf" + ONE.encode()) == values_of(ONE)


def test_row_177_mixed_line_ends_say_the_same() -> None:
    first, second, third = TWO.split("\r\n")[:3]
    assert values_of(f"{first}\r{second}\n{third}\r\n") == values_of(TWO)


def test_row_180_a_long_file_is_read_in_memory_that_does_not_grow() -> None:
    text = invoice_text(*({"StampliID": str(number), "InvoiceNumber": f"N{number}"} for number in range(20_000)))
    stream = io.BytesIO(text.encode())
    del text
    tracemalloc.start()
    try:
        count = sum(
            isinstance(each, Document)
            for each in stream_document_file(STANDARD, "approved_invoices", name="x.csv", stream=stream)
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    # The room for a million identities is 8 MB; the documents of this file together would be 50.
    assert peak < 20_000_000


def test_row_183_a_heading_alone_is_nothing_and_a_file_of_no_bytes_waits() -> None:
    alone = read(invoice_text().encode())
    assert (alone.documents, alone.problems, alone.rows, alone.incomplete) == ((), (), 0, False)
    assert alone.notes == ("The file holds its heading alone.",)
    assert read(b"").incomplete


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "@SUM(A1)", "+1", "-1", "\tx"])
def test_row_184_a_formula_is_a_text_like_another(text: str) -> None:
    [found] = values_of(invoice_text({"Description": text}))
    assert found["description"] == text


@pytest.mark.parametrize("text", ["0", "-0", "-0.00"])
def test_row_188_zero_is_zero_without_a_sign(text: str) -> None:
    [found] = values_of(invoice_text({"Total": text}))
    assert str(found["total"]) == "0.00"


def test_row_197_a_day_is_a_day_in_every_zone() -> None:
    [found] = values_of(invoice_text({"InvoiceDate": "2026-12-31", "ApprovedAt": "2027-01-01T04:59:59Z"}))
    assert str(found["invoice_date"]) == "2026-12-31"


def test_row_198_leading_zeros_of_a_number_stay() -> None:
    [found] = values_of(invoice_text({"InvoiceNumber": "00123"}))
    assert found["invoice_number"] == "00123"


def test_row_204_a_line_said_again_counts_once() -> None:
    found = read(invoice_text({}, {}).encode())
    assert (found.repeats, found.notes) == (1, ("Row 3 repeats row 2.",))
    assert [each.source.lines for each in found.documents] == [(2,)]


def test_row_209_an_invoice_of_a_thousand_lines_is_one() -> None:
    rows = [{"LineNumber": str(number), "Amount": "1.00"} for number in range(1, 1001)]
    [found] = values_of(invoice_text(*rows))
    lines = found["lines"]
    assert isinstance(lines, list)
    assert (len(lines), sum(each["amount"] for each in lines)) == (1000, Decimal("1000.00"))


def test_row_210_a_doctype_without_an_internal_subset_is_ignored_where_the_layout_says_so() -> None:
    plain = b"<invoices/>"
    accepted = read(b"<!DOCTYPE invoices>" + plain, XML_IGNORING)
    inner = read(b'<!DOCTYPE invoices [<!ENTITY a "b">]>' + plain, XML_IGNORING)

    assert "file.doctype" not in [each.code for each in accepted.problems]
    assert [each.code for each in inner.problems] == ["file.doctype"]


def test_row_218_includes_and_style_sheets_are_neither_followed_nor_read() -> None:
    other = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
    content = b'<?xml-stylesheet href="x.xsl"?>' + BODY.replace(b"<Lines>", other + b"<Lines>")
    assert values_of(content, XML) == values_of(WHOLE, XML)


def test_row_219_a_comment_splits_no_value_and_cdata_is_text() -> None:
    content = WHOLE.replace(b"1<!-- -->0.00", b"<![CDATA[1]]>0<!-- x -->.00")
    assert values_of(content, XML) == values_of(WHOLE, XML)


@pytest.mark.parametrize(
    "text", ["undefined", "\\", "';--", "Ω≈ç√", "👾🙇", "﷽", "ثم نفس", "\u202etest", "ÅÍÎÏ", "<script>"]
)
def test_row_225_whatever_the_text_it_is_written_and_read_again_the_same(text: str) -> None:
    row = {"VendorID": "V1", "VendorName": text, "RemitName": f'"{text}",\r\n'}
    content = write_rows(STANDARD, "vendors", [row])
    [found] = read_document_file(STANDARD, "vendors", name="v.csv", content=content).documents
    assert (found.values["vendor_name"], found.values["remit_name"]) == (row["VendorName"], row["RemitName"])
