"""Each sample of a customer's layout reads by a shipped layout to exactly its documents, or is refused as it must be.

``samples/expected`` holds the documents and problems; of a problem only the members that are not null are compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ml_connector.layouts.document import render_documents
from ml_connector.layouts.reading import read_document_file, read_file_set
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.writer import write_rows

FOLDER = Path(__file__).parent / "samples"
# Expected documents, layout, sample: a file, or a folder whose files belong together.
CASES = [
    ("flat/L01", "l01-flat", "csv/flat/L01.csv"),
    ("flat/L02", "l02-carry-down", "csv/flat/L02.csv"),
    ("records/L03", "l03-record-types", "csv/records/L03.csv"),
    ("records/L03_bad_trailer", "l03-record-types", "csv/records/L03_bad_trailer.csv"),
    ("records/L03b", "l03b-record-headings", "csv/records/L03b.csv"),
    ("records/L04", "l04-file-set", "csv/records/L04"),
    ("flat/L05b", "l05b-wide-groups", "csv/flat/L05b.csv"),
    ("flat/L05c", "l05c-packed-shares", "csv/flat/L05c.csv"),
    ("flat/L05d", "l05c-packed-shares", "csv/flat/L05d.csv"),
    ("flat/L07a", "l07a-decimal-comma", "csv/flat/L07a.csv"),
    ("flat/L07b", "l07b-tab-no-heading", "csv/flat/L07b.txt"),
    ("flat/L07c", "l07c-pipe", "csv/flat/L07c.txt"),
    ("flat/L07d", "l07d-pipe-backslash", "csv/flat/L07d.txt"),
    ("flat/L08", "l08-odd-characters", "csv/flat/L08.csv"),
    ("texts/L09a", "l09a-utf-8", "csv/texts/L09a_utf8.csv"),
    ("texts/L09b", "l09a-utf-8", "csv/texts/L09b_utf8_bom.csv"),
    ("texts/L09c", "l09c-utf-16-tab", "csv/texts/L09c_utf16le.txt"),
    ("texts/L09d", "l09d-utf-16", "csv/texts/L09d_utf16be.csv"),
    ("texts/L09e", "l09e-cp1252", "csv/texts/L09e_cp1252.csv"),
    ("xml/L09f", "l09f-xml-attributes", "xml/L09f_iso8859_2.xml"),
    ("texts/L09g", "l09a-utf-8", "csv/texts/L09g_twice_utf8.csv"),
    ("texts/L09h", "l09a-utf-8", "csv/texts/L09h_mixed.csv"),
    ("days/L11a", "l11a-instants", "csv/days/L11a.csv"),
    ("days/L11b_month_first", "l11b-month-first", "csv/days/L11b.csv"),
    ("days/L11b_day_first", "l11b-day-first", "csv/days/L11b.csv"),
    ("days/L11b_undeclared", "l11b-undecided", "csv/days/L11b.csv"),
    ("days/L11c", "l11c-several-forms", "csv/days/L11c.csv"),
    ("xml/L12", "l12-xml-nested", "xml/L12.xml"),
    ("xml/L14", "l14-xml-siblings", "xml/L14.xml"),
    ("xml/L15a_reject", "l15-xml-elements", "xml/L15a.xml"),
    ("xml/L15a_ignore", "l15-xml-doctype-ignored", "xml/L15a.xml"),
    ("xml/L15b", "l15-xml-doctype-ignored", "xml/L15b.xml"),
    ("xml/L15c", "l15-xml-doctype-ignored", "xml/L15c.xml"),
    ("xml/L16a", "l16a-xml-embedded", "xml/L16a.xml"),
    ("packed/L16b", "l16b-archive", "packed/L16b"),
    ("packed/L16c", "l16c-attachments", "packed/L16c"),
    ("packed/L18", "l18-packed-file", "packed/L18.csv.gz"),
    ("packed/L18", "l18-packed-file", "packed/L18.zip"),
    ("packed/L18_nested", "l18-packed-file", "packed/L18_nested.zip"),
    ("packed/L19b", "l19b-side-file", "packed/L19b"),
    ("packed/L19b_bad", "l19b-side-file", "packed/L19b_bad"),
    ("flat/L19c", "l19c-counted-rows", "csv/flat/L19c.csv"),
    ("xml/L19d", "l19d-xml-batch", "xml/L19d.xml"),
    ("packed/L21_20260305", "l21-snapshot", "packed/L21/invoices_20260305.csv"),
    ("packed/L21_20260306", "l21-snapshot", "packed/L21/invoices_20260306.csv"),
    ("flat/L24", "l24-payments", "csv/flat/L24.csv"),
]
WRITTEN = [("L22_vendors", "l22-vendors"), ("L22_purchase_orders", "l22-purchase-orders"), ("L23", "l23-results")]
COUNTED = ("line_number", "po_line", "receipt_line")
FIGURES = ("total", "tax_total", "amount", "quantity", "unit_price", "taxable_amount", "discount")


def files_of(path: Path) -> Mapping[str, bytes]:
    """The file, or the files of the folder by their names relative to it."""
    if path.is_file():
        return {path.name: path.read_bytes()}
    return {str(each.relative_to(path)): each.read_bytes() for each in sorted(path.rglob("*")) if each.is_file()}


def comparable(value: Any, key: str = "") -> Any:
    """Figures by value, line numbers as text, null and absent alike."""
    if isinstance(value, dict):
        return {name: shown for name, each in value.items() if (shown := comparable(each, name)) is not None}
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if value is not None and key in COUNTED:
        return str(value)
    return Decimal(value) if value is not None and key in FIGURES else value


def expected_of(name: str) -> Any:
    return json.loads((FOLDER / "expected" / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize(("expected", "layout", "sample"), CASES)
def test_a_sample_says_exactly_its_documents(expected: str, layout: str, sample: str) -> None:
    known = load_shipped_layout(layout)
    files = files_of(FOLDER / sample)
    found: Any = render_documents(read_file_set(known, next(iter(known.feeds)), files=files))
    wanted = expected_of(expected)

    assert comparable(found["documents"]) == comparable(wanted["documents"])
    assert len(found["problems"]) == len(wanted["problems"])
    for shown, asked in zip(found["problems"], wanted["problems"], strict=True):
        assert all(each in shown["message"] for each in asked.pop("message_contains", []))
        assert {key: shown[key] for key, value in asked.items() if value is not None} == {
            key: value for key, value in asked.items() if value is not None
        }


@pytest.mark.parametrize(("name", "layout"), WRITTEN)
def test_rows_are_written_to_exactly_the_bytes_of_the_sample_and_read_again(name: str, layout: str) -> None:
    known = load_shipped_layout(layout)
    wanted = expected_of(f"written/{name}")
    content = (FOLDER / "written" / f"{name}.csv").read_bytes()
    found = read_document_file(known, wanted["feed"], name=f"{name}.csv", content=content)

    assert write_rows(known, wanted["feed"], wanted["rows"]) == content
    assert (len(found.documents), found.problems) == (len(wanted["rows"]), ())
