"""Each sample of a customer's layout cut at every byte: never a wrong amount, never a partial document that could be
posted.

Where nothing in a file says how long it is, one cut exactly at a row end looks whole; its last document may then lack
lines or applications, whose sum no longer makes its total. That difference is what stops it (finding H15).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.layouts.document import Document, Reading
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.reading import read_file_set
from ml_connector.layouts.shipped import load_shipped_layout
from tests.golden.test_samples import CASES, FOLDER, WRITTEN, files_of

# The written samples are read as the other side would read them.
SAMPLES = sorted(
    {(layout, sample) for _, layout, sample in CASES} | {(layout, f"written/{name}.csv") for name, layout in WRITTEN}
)
# A sample that is refused for its second row says in its first what this one says.
SAYS_THE_SAME = dict.fromkeys(("csv/texts/L09g_twice_utf8.csv", "csv/texts/L09h_mixed.csv"), "csv/texts/L09a_utf8.csv")
_LISTS = ("lines", "taxes", "applications")


def read(layout: Layout, files: Mapping[str, bytes]) -> Reading:
    """What the files say in the layout's first feed."""
    return read_file_set(layout, next(iter(layout.feeds)), files=files)


def cuts(files: Mapping[str, bytes]) -> Iterator[tuple[str, int, Mapping[str, bytes]]]:
    """The files with one of them cut, at each of its bytes; what was cut and where."""
    for name, content in files.items():
        for at in range(len(content)):
            yield name, at, {**files, name: content[:at]}


def is_whole_or_stopped(found: Document, whole: Document) -> bool:
    """Whether a document says what the whole one says, or lacks only last rows, and its total tells."""
    apart = (*_LISTS, "attachments")
    if {k: v for k, v in found.values.items() if k not in apart} != {
        k: v for k, v in whole.values.items() if k not in apart
    }:
        return False
    missing = False
    for name in _LISTS:
        rows: Any = found.values.get(name, [])
        whole_rows: Any = whole.values.get(name, [])
        if rows != whole_rows[: len(rows)]:
            return False
        missing = missing or len(rows) < len(whole_rows)
    return not missing or _sum_of_rows(found) != _total(whole)


def _total(document: Document) -> object:
    return document.values.get("total", document.values.get("amount"))


def _sum_of_rows(document: Document) -> Decimal:
    values: Any = document.values
    return sum((each["amount"] for name in _LISTS for each in values.get(name, [])), Decimal(0))


@pytest.mark.parametrize(("layout", "sample"), SAMPLES)
def test_a_sample_cut_at_any_byte_gives_no_wrong_amount_and_no_partial_document(layout: str, sample: str) -> None:
    known = load_shipped_layout(layout)
    files = files_of(FOLDER / sample)
    whole = read(known, files_of(FOLDER / SAYS_THE_SAME.get(sample, sample)))
    by_line = {each.source.line: each for each in whole.documents}

    for name, at, cut in cuts(files):
        found = read(known, cut)
        assert not (found.documents and any(each.scope == "file" for each in found.problems)), (name, at)
        for each in found.documents:
            assert is_whole_or_stopped(each, by_line[each.source.line]), (name, at)
