"""Files and the documents they say, kept side by side: ``FEED.CASE.csv`` reads to ``FEED.CASE.json``, and where there
are ``FEED.CASE.rows.json`` they are written to exactly that file. ``make golden`` writes the expected side anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ml_connector.layouts.document import render_documents
from ml_connector.layouts.reading import read_document_file
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.writer import write_rows

FOLDER = Path(__file__).parent / "standard_csv"
STANDARD = load_shipped_layout("standard-csv")
WRITTEN = sorted(each.name.removesuffix(".rows.json") for each in FOLDER.glob("*.rows.json"))
READ = sorted({each.stem for each in FOLDER.glob("*.csv")} | set(WRITTEN))
ANEW = os.environ.get("ML_CONNECTOR_WRITE_GOLDEN") == "1"


def feed_of(case: str) -> str:
    return case.partition(".")[0]


@pytest.mark.parametrize("case", WRITTEN)
def test_rows_are_written_to_these_bytes(case: str) -> None:
    rows = json.loads((FOLDER / f"{case}.rows.json").read_text("utf-8"))
    content = write_rows(STANDARD, feed_of(case), rows)
    if ANEW:
        (FOLDER / f"{case}.csv").write_bytes(content)

    assert content == (FOLDER / f"{case}.csv").read_bytes()


@pytest.mark.parametrize("case", READ)
def test_a_file_says_these_documents(case: str) -> None:
    content = (FOLDER / f"{case}.csv").read_bytes()
    found = render_documents(read_document_file(STANDARD, feed_of(case), name=f"{case}.csv", content=content))
    if ANEW:
        shown = json.dumps(found, ensure_ascii=False, indent=1)
        (FOLDER / f"{case}.json").write_text(f"{shown}\n", "utf-8")

    assert found == json.loads((FOLDER / f"{case}.json").read_text("utf-8"))


@pytest.mark.parametrize("feed", STANDARD.feeds)
def test_every_feed_has_a_case(feed: str) -> None:
    assert [case for case in READ if feed_of(case) == feed]


def test_no_file_lies_here_unused() -> None:
    used = {f"{case}.{end}" for case in READ for end in ("csv", "json")} | {f"{case}.rows.json" for case in WRITTEN}

    assert {each.name for each in FOLDER.iterdir()} == used
