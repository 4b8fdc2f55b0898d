"""What is thrown at the reader: any bytes as a file of each kind, and any text as the name of one.

Each target takes bytes and fails by AssertionError, or by whatever the reader lets escape. Hypothesis runs them in
``test_targets``, atheris in ``with_atheris``.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache

from ml_connector.layouts.document import Document, Reading, render_documents
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.reading import read_file_set, stream_document_file
from ml_connector.layouts.shipped import SHIPPED_NAMES, example_names, load_shipped_layout
from ml_connector.problems import Problem

_FIGURES = ("total", "tax_total", "amount", "quantity", "unit_price", "discount", "taxable_amount")
_ARCHIVED, _BESIDE = "l16b-archive", "l16c-attachments"
_ROW = b"id,vendor,number,date,total,account,amount,attachments\r\n1,V1,N1,2026-03-04,1.00,6,1.00,"


def any_csv(content: bytes) -> None:
    """The bytes as a file of every CSV layout that reads invoices or payments."""
    for layout in _layouts("csv"):
        _read(layout, {"invoices.csv": content})


def any_xml(content: bytes) -> None:
    """The bytes as a file of every XML layout."""
    for layout in _layouts("xml"):
        _read(layout, {"invoices.xml": content})


def any_name(content: bytes) -> None:
    """The bytes as the name of the file, of one in an archive, and of an attachment."""
    name = content[:200].decode("utf-8", "replace")
    for layout in (load(_ARCHIVED), load(_BESIDE)):
        _read(layout, {name: _ROW, "other": b"x"})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        # A name is cut at a zero byte where archives are written.
        target.writestr(zipfile.ZipInfo(name.replace("\0", "") or "x"), _ROW)
    for each in _read(load(_ARCHIVED), {"invoices.zip": archive.getvalue()}).documents:
        _stays_inside(each)
    cell = '"' + name.replace('"', '""') + '"\r\n'
    for each in _read(load(_BESIDE), {"invoices.csv": _ROW + cell.encode("utf-8", "replace")}).documents:
        _stays_inside(each)


TARGETS: Mapping[str, Callable[[bytes], None]] = {"csv": any_csv, "xml": any_xml, "names": any_name}


@cache
def load(name: str) -> Layout:
    """That shipped layout."""
    return load_shipped_layout(name)


@cache
def _layouts(file_format: str) -> tuple[Layout, ...]:
    known = (load(name) for name in (*SHIPPED_NAMES, *example_names()))
    return tuple(each for each in known if each.format == file_format and _inward(each))


def _inward(layout: Layout) -> str:
    return next((each.name for each in layout.feeds.values() if each.direction == "in"), "")


def _read(layout: Layout, files: Mapping[str, bytes]) -> Reading:
    """What the files say, read whole and, where there is one file, streamed too."""
    found = read_file_set(layout, _inward(layout), files=files)
    _is_sound(found.documents, found.problems)
    render_documents(found)
    if len(files) == 1:
        [(name, content)] = files.items()
        stream = io.BytesIO(content)
        given = list(stream_document_file(layout, _inward(layout), name=name, stream=stream))
        problems = [each for each in given if isinstance(each, Problem)]
        documents = [each for each in given if isinstance(each, Document)]
        if not any(each.scope == "file" for each in problems):
            _is_sound(documents, problems)
            assert [each.values for each in documents] == [each.values for each in found.documents]
    return found


def _is_sound(documents: tuple[Document, ...] | list[Document], problems: tuple[Problem, ...] | list[Problem]) -> None:
    """Nothing is given of a file that is refused, every figure is one, and every problem has its words."""
    assert not (documents and any(each.scope == "file" for each in problems))
    assert all(each.code and each.message for each in problems)
    for each in documents:
        _has_figures(each.values)


def _has_figures(values: object) -> None:
    if isinstance(values, Mapping):
        for name, each in values.items():
            assert name not in _FIGURES or each is None or (isinstance(each, Decimal) and each.is_finite()), name
            _has_figures(each)
    elif isinstance(values, list):
        for each in values:
            _has_figures(each)


def _stays_inside(document: Document) -> None:
    attachments = document.values.get("attachments")
    assert isinstance(attachments, list)
    for each in attachments:
        parts = str(each["name"]).replace("\\", "/").split("/")
        assert ".." not in parts
        assert parts[0] != ""
