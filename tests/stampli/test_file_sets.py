"""Which files belong together, what a set waits for, and which paths an attachment may have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.values.arrivals import Arrival, Listing, NotTaken
from ml_connector.layouts.layout import FileRules, Layout
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.stampli.attachments import safe_path
from ml_connector.stampli.file_sets import FileNames, bind_files
from tests.stampli.folders import START

PAIR = load_shipped_layout("l04-file-set")
SIDE = load_shipped_layout("l19b-side-file")
MARKED = load_shipped_layout("l17-plain")


def an_arrival(name: str) -> Arrival:
    return Arrival("/out", name, 1, START)


def bound(layout: Layout, *names: str, known: tuple[str, ...] = (), match: str = "*", **more: Any) -> Listing:
    """What a look that shows these names means."""
    feed = layout.feeds["approved_invoices"]
    seen = Listing(tuple(map(an_arrival, names)), more.get("growing", ()), tuple(map(an_arrival, known)))
    return bind_files(FileNames(match, layout, feed), seen, lambda lead: True)


def sets(listing: Listing) -> list[tuple[str, ...]]:
    """The names of each arrival, the first one's first."""
    return [(each.name, *(part.name for part in each.parts)) for each in listing.arrivals]


def waits(listing: Listing) -> dict[str, str]:
    """Why each name waits."""
    return {each.name: each.reason for each in listing.not_taken}


def test_headers_and_lines_are_bound_by_what_stands_for_the_star() -> None:
    listing = bound(PAIR, "inv_hdr_1.csv", "inv_lin_2.csv", "inv_lin_1.csv", "inv_hdr_2.csv", "readme.txt")
    assert sets(listing) == [("inv_hdr_1.csv", "inv_lin_1.csv"), ("inv_hdr_2.csv", "inv_lin_2.csv")]
    assert listing.not_taken == ()


def test_a_set_that_is_not_whole_waits_and_says_for_which_name() -> None:
    growing = NotTaken("inv_lin_2.csv", 1, START, "waiting", "inv_lin_2.csv is still being written")
    listing = bound(PAIR, "inv_hdr_1.csv", "inv_hdr_2.csv", "inv_lin_3.csv", growing=(growing,))
    assert waits(listing) == {
        "inv_hdr_1.csv": "waits for inv_lin_1.csv (not there yet)",
        "inv_hdr_2.csv": "waits for inv_lin_2.csv (still being written)",
        "inv_lin_2.csv": "inv_lin_2.csv is still being written",
        "inv_lin_3.csv": "waits for inv_hdr_3.csv (not there yet)",
    }
    assert {each.patience_hours for each in listing.not_taken if each != growing} == {24.0}


def test_what_is_left_of_a_known_set_stays_known_and_a_new_part_brings_all_of_it() -> None:
    assert bound(PAIR, known=("inv_lin_1.csv",)) == Listing((), (), (an_arrival("inv_lin_1.csv"),))
    assert sets(bound(PAIR, "inv_lin_1.csv", known=("inv_hdr_1.csv",))) == [("inv_hdr_1.csv", "inv_lin_1.csv")]


def test_a_glob_of_the_connection_chooses_among_the_sets_by_their_first_file() -> None:
    assert sets(bound(PAIR, "inv_hdr_1.csv", "inv_lin_1.csv", match="other_*")) == []
    assert sets(bound(PAIR, "inv_hdr_1.csv", "inv_lin_1.csv", match="inv_hdr_*")) == [
        ("inv_hdr_1.csv", "inv_lin_1.csv")
    ]


def test_side_files_and_markers_are_no_data_and_wait_for_what_they_belong_to() -> None:
    assert sets(bound(SIDE, "a.csv", "a.ctl")) == [("a.csv", "a.ctl")]
    assert waits(bound(SIDE, "a.csv", "b.ctl")) == {
        "a.csv": "waits for a.ctl (not there yet)",
        "b.ctl": "waits for the file it belongs to (not there yet)",
    }
    listing = bound(MARKED, "invoices_1.csv", "invoices_2.csv", "invoices_1.csv.done", match="invoices_*.csv")
    assert (sets(listing), waits(listing)) == (
        [("invoices_1.csv", "invoices_1.csv.done")],
        {"invoices_2.csv": "waits for invoices_2.csv.done (not there yet)"},
    )


def test_what_comes_with_files_of_another_feed_is_not_ours() -> None:
    listing = bound(MARKED, "payments_1.csv.done", "invoices_1.csv.done", match="invoices_*.csv")
    assert waits(listing) == {"invoices_1.csv.done": "waits for the file it belongs to (not there yet)"}


def test_names_still_being_written_are_passed_over() -> None:
    layout = replace(PAIR, files=FileRules(temporary=("*.UPLOADING",)))
    assert waits(bound(layout, "inv_hdr_1.csv.uploading")) == {}


@pytest.mark.parametrize("ending", [".pgp", ".csv.gz.gpg", ".gz"])
def test_a_packed_file_counts_by_the_name_within(ending: str) -> None:
    layout = replace(PAIR, files=FileRules(unwrap=("pgp", "gzip")))
    head, lines = "inv_hdr_1.csv.pgp", f"inv_lin_1{'.csv' if not ending.startswith('.csv') else ''}{ending}"
    assert sets(bound(layout, head, lines)) == [(head, lines)]


def test_a_set_may_be_packed_throughout() -> None:
    layout = replace(SIDE, files=FileRules(unwrap=("pgp",)))
    assert sets(bound(layout, "a.csv.pgp", "a.ctl.pgp")) == [("a.csv.pgp", "a.ctl.pgp")]
    pair = replace(PAIR, files=FileRules(unwrap=("pgp",)))
    names = ("inv_hdr_1.csv.pgp", "inv_lin_1.csv.pgp")
    assert sets(bound(pair, *names, match="inv_hdr_*.csv")) == [names]


def test_a_second_file_for_one_place_of_a_set_waits_for_a_person() -> None:
    layout = replace(PAIR, files=FileRules(unwrap=("gzip",)))
    listing = bound(layout, "inv_hdr_1.csv", "inv_lin_1.csv", "inv_hdr_1.csv.gz")
    assert sets(listing) == [("inv_hdr_1.csv", "inv_lin_1.csv")]
    assert waits(listing) == {"inv_hdr_1.csv.gz": "another file has its place in the set; one of the two is too many"}


def test_an_archive_holds_its_set_itself() -> None:
    layout = replace(PAIR, files=FileRules(unwrap=("zip",)))
    assert sets(bound(layout, "set_1.zip", match="set_*")) == [("set_1.zip",)]
    assert sets(bound(replace(SIDE, files=FileRules(unwrap=("zip",))), "a.zip")) == [("a.zip",)]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("900101.pdf", "900101.pdf"),
        ("attach\\1.pdf", "attach/1.pdf"),
        ("../1.pdf", None),
        ("a/../../1.pdf", None),
        ("/etc/passwd", None),
        ("C:/1.pdf", None),
        ("a//1.pdf", None),
        (".ssh/id", None),
        ("a\x00.pdf", None),
        ("", None),
    ],
)
def test_an_attachment_never_lies_outside_the_folder(name: str, path: str | None) -> None:
    assert safe_path(name) == path
