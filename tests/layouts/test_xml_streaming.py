"""A large XML file read one document at a time says what it says read whole, or is refused for the same reason."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ml_connector.layouts.document import Document
from ml_connector.layouts.reading import read_document_file, stream_document_file
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.problems import Problem
from tests.golden.test_samples import FOLDER
from tests.layouts.test_xml_refused import DOCTYPE, HEAD, TAIL, WHOLE, XML

INVOICE = WHOLE.partition(b"<ApprovedInvoices>")[2].partition(b"</ApprovedInvoices>")[0]
JUNK = b"<Other><Deep>1</Deep></Other>"


def several(count: int) -> bytes:
    """A file of that many invoices, other elements in between."""
    made = (INVOICE.replace(b"<StampliID>1<", b"<StampliID>%d<" % number) + JUNK for number in range(count))
    return b'<?xml version="1.0" encoding="UTF-8"?>\n<ApprovedInvoices>' + b"".join(made) + b"</ApprovedInvoices>"


def streamed(content: bytes, layout: str = "standard-xml") -> list[Document | Problem]:
    """Documents, then problems; where the file is refused, what refuses it."""
    known = load_shipped_layout(layout)
    found = list(stream_document_file(known, "approved_invoices", name="x.xml", stream=io.BytesIO(content)))
    problems = [each for each in found if isinstance(each, Problem)]
    refusals: list[Document | Problem] = [each for each in problems if each.scope == "file"]
    return refusals or [*(each for each in found if isinstance(each, Document)), *problems]


def whole(content: bytes, layout: str = "standard-xml") -> list[Document | Problem]:
    """The same, read at once."""
    found = read_document_file(load_shipped_layout(layout), "approved_invoices", name="x.xml", content=content)
    return [*found.documents, *found.problems]


@pytest.mark.parametrize(
    "content",
    [
        several(3),
        several(1500),
        several(3).replace(b"10.00<", b"1O.00<"),
        several(2).replace(b"</StampliID>", b"</StampliID><Total>1.00</Total>", 1),
        several(2).replace(b"UTF-8", b"ISO-8859-1").replace(b"V1", b"V\xe9"),
        several(2).decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        b"",
        b"<Invoices/>",
        b"<Inv",
        several(2)[:-40],
        several(2) + b"x",
        b"<ApprovedInvoices/>",
        b"<ApprovedInvoices>" + JUNK * 3 + b"</ApprovedInvoices>",
        several(2).replace(b"Total>", b"Sum>"),
        several(2).replace(b"V1", b"V\xff"),
        DOCTYPE + b"><ApprovedInvoices/>",
        HEAD + b"<a>" * 60 + b"</a>" * 60 + TAIL,
        b"<ApprovedInvoices>" + b"<a>" * 60 + b"</a>" * 60 + b"</ApprovedInvoices>",
    ],
)
def test_a_streamed_file_says_what_the_whole_one_says(content: bytes) -> None:
    assert [(each.values if isinstance(each, Document) else each.code) for each in streamed(content)] == [
        (each.values if isinstance(each, Document) else each.code) for each in whole(content)
    ]


@pytest.mark.parametrize(
    ("layout", "sample"), [("l12-xml-nested", "xml/L12.xml"), ("l16a-xml-embedded", "xml/L16a.xml")]
)
def test_a_sample_streams_to_its_documents(layout: str, sample: str) -> None:
    content = Path(FOLDER / sample).read_bytes()
    found = streamed(content, layout)

    assert [each.values for each in found if isinstance(each, Document)]
    assert found == whole(content, layout)


def test_a_document_said_twice_refuses_a_streamed_file() -> None:
    twice = b"<ApprovedInvoices>" + INVOICE * 2 + b"</ApprovedInvoices>"
    last = streamed(twice)[-1]

    assert isinstance(last, Problem)
    assert (last.code, last.scope) == ("row.document_resumed", "file")


def test_a_doctype_behind_a_prolog_that_never_ends_is_refused() -> None:
    content = b"<!--" + b"x" * 70_000 + b"-->" + DOCTYPE + b'[<!ENTITY a "b">]>' + several(1).partition(b"\n")[2]
    found = streamed(content)

    assert [each.code for each in found if isinstance(each, Problem)] == ["file.doctype"]
    assert len(found) == 1


@pytest.mark.parametrize("depth", [49, 50, 51])
def test_fifty_levels_are_read_and_no_more_wherever_they_stand(depth: int) -> None:
    found = whole(several(1).replace(JUNK, b"<a>" * (depth - 1) + b"</a>" * (depth - 1)))
    codes = [each.code for each in found if isinstance(each, Problem)]

    assert codes == (["file.xml_too_deep"] if depth > XML.xml.depth_max else [])


def test_elements_that_are_no_documents_are_let_go_and_counted() -> None:
    many = b"<ApprovedInvoices>" + b"<Other/>" * 300_000 + INVOICE + b"</ApprovedInvoices>"
    large = b"<ApprovedInvoices><Other>" + b"<x/>" * 300_000 + b"</Other>" + INVOICE + b"</ApprovedInvoices>"

    assert len(whole(many)) == 1
    assert [each.code for each in whole(large) if isinstance(each, Problem)] == ["file.xml_too_large"]
