"""The samples that are folders, laid out on a server: the exchange binds what belongs together and reads what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_connector.domain.values.arrivals import Fetched
from ml_connector.domain.values.records import FileRecord
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.stampli.exchange import StampliExchange
from ml_connector.stampli.profiles import ExchangeProfile, FeedProfile
from tests.stampli.folders import START, InMemoryFolders

SAMPLES = Path(__file__).parents[1] / "golden" / "samples"
FEED = "approved_invoices"


def laid_out(sample: str, layout: str, match: str | None) -> StampliExchange:
    """An exchange over the sample's files."""
    folders = InMemoryFolders()
    for path in sorted((SAMPLES / sample).rglob("*")):
        if path.is_file():
            folders.write("/out", str(path.relative_to(SAMPLES / sample)), path.read_bytes())
    feed = FeedProfile(FEED, "/out", load_shipped_layout(layout), match=match)
    return StampliExchange(ExchangeProfile({FEED: feed}, {}), folders)


def taken(exchange: StampliExchange) -> dict[tuple[str, ...], tuple[int, list[str]]]:
    """By the names of each set: how many documents it holds, and the codes of its problems."""
    found = {}
    for arrival in exchange.list_arrivals(FEED, ()).arrivals:
        fetched = next(exchange.fetch_arrivals([arrival]))
        assert isinstance(fetched, Fetched)
        record = FileRecord("f00000001", "harbor", FEED, arrival.name, 1, arrival.modified_at, START, "new")
        read = exchange.parse_invoices(record, fetched.content, fetched.parts)
        names = (arrival.name, *(part.name for part in arrival.parts))
        found[names] = (len(read.invoices), [problem.code for problem in read.problems])
    return found


@pytest.mark.parametrize(
    ("sample", "layout", "match", "wanted"),
    [
        (
            "csv/records/L04",
            "l04-file-set",
            None,
            {("inv_hdr_20260306_1815.csv", "inv_lin_20260306_1815.csv"): (2, [])},
        ),
        (
            "packed/L19b",
            "l19b-side-file",
            "invoices_*",
            {("invoices_20260306_1815.csv", "invoices_20260306_1815.ctl"): (4, [])},
        ),
        (
            "packed/L19b_bad",
            "l19b-side-file",
            "invoices_*",
            {("invoices_20260306_1815.csv", "invoices_20260306_1815.ctl"): (0, ["file.controls_differ"])},
        ),
        ("packed/L16b", "l16b-archive", "*.zip", {("202603061815002124.zip",): (2, [])}),
        ("packed/L16c", "l16c-attachments", "invoices_*.csv", {("invoices_20260306.csv",): (2, ["value.unsafe_path"])}),
        (
            "packed/L17",
            "l17-plain",
            None,
            {("invoices_20260306_1830.csv", "invoices_20260306_1830.csv.done"): (2, [])},
        ),
    ],
)
def test_a_sample_folder_is_bound_and_read(
    sample: str, layout: str, match: str | None, wanted: dict[tuple[str, ...], tuple[int, list[str]]]
) -> None:
    assert taken(laid_out(sample, layout, match)) == wanted


def test_a_listing_without_markers_takes_each_data_file_and_passes_over_the_rest() -> None:
    found = taken(laid_out("packed/L17", "l09a-utf-8", "invoices_*.csv"))
    assert {names[0].removeprefix("invoices_20260306_"): documents for names, (documents, _) in found.items()} == {
        "0000.csv": 0,
        "0015.csv": 0,
        "1800.csv": 2,
        "1830.csv": 2,
    }
