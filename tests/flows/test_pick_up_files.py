"""Files: each content taken once, whatever its names; nothing at the source touched before everything in it ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_connector.domain.values.arrivals import NotTaken
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import FileRecord
from ml_connector.flows.catalog import PassReport
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from ml_connector.problems import Problem
from tests.builders import an_invoice
from tests.flows.in_memory.exchange import BROKEN
from tests.flows.in_memory.house import House, a_house

FEED = "approved_invoices"
BAD_ROW = Problem("row.short", "row 3 has too few cells", "a.csv", record=2, line=3)
BAD_FILE = Problem("file.utf16", "the file is written in UTF-16", "a.csv", scope="file")


def carry(house: House) -> PassReport:
    """One pass of invoices."""
    return carry_invoices(house.context())


def fates(report: PassReport) -> list[tuple[str, str]]:
    """Name and state of the files the pass looked at."""
    return [(file.name, file.state) for file in report.files]


def log(house: House) -> list[tuple[str, str]]:
    """Name and state of every row of the log."""
    return [(file.name, file.state) for file in house.files.load_files()]


def a_stopped_invoice() -> object:
    """An invoice our own rules refuse."""
    return an_invoice(invoice_number="INV-2", external_id="ST-2", vendor_id="V99999")


def test_a_file_whose_invoices_are_all_booked_is_settled() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    report = carry(house)
    assert (fates(report), report.errors, report.waiting) == ([("a.csv", "settled")], (), False)
    assert [record.posting.state for record in report.invoices] == [PostingState.DONE]
    (row,) = house.files.load_files()
    assert house.files.contents[row.sha256 or ""] == house.exchange.outbound[FEED]["a.csv"].content


def test_a_known_file_is_not_looked_into_again() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry(house)
    house.exchange.faults["fetch_arrival"] = AssertionError("fetched again")
    assert fates(carry(house)) == []


def test_the_same_file_written_again_is_a_repeat_without_a_row_of_its_own() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry(house)
    house.exchange.touch("a.csv")
    assert fates(carry(house)) == [("a.csv", "repeat")]
    assert log(house) == [("a.csv", "settled")]
    assert fates(carry(house)) == []


def test_the_same_bytes_under_another_name_are_a_repeat_and_add_nothing() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry(house)
    house.exchange.copy("a.csv", "b.csv")
    report = carry(house)
    assert fates(report) == [("b.csv", "repeat")]
    original, repeat = house.files.load_files()
    assert (repeat.repeat_of, repeat.reason) == (original.id, "same content as a.csv; skipped")
    assert len(house.invoices.rows) == 1
    house.exchange.touch("b.csv")
    carry(house)
    assert log(house) == [("a.csv", "settled"), ("b.csv", "repeat")]


def test_two_names_of_the_same_bytes_in_one_pass_are_taken_once() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    house.exchange.copy("a.csv", "b.csv")
    assert fates(carry(house)) == [("a.csv", "settled"), ("b.csv", "repeat")]
    assert len(house.erp.calls("create")) == 1


def test_a_file_that_grew_is_a_new_version_whose_known_invoices_are_skipped() -> None:
    house = a_house()
    first, second = an_invoice(), an_invoice(invoice_number="INV-2", external_id="ST-2")
    house.exchange.drop_invoices("a.csv", first)
    carry(house)
    house.exchange.drop_invoices("a.csv", first, second)
    assert fates(carry(house)) == [("a.csv", "settled")]
    assert len(house.erp.calls("create")) == 2
    assert log(house) == [("a.csv", "settled"), ("a.csv", "settled")]


def test_a_file_that_looks_cut_waits_whole_and_is_read_again() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice(), problems=[BAD_FILE], incomplete=True)
    report = carry(house)
    assert (fates(report), house.invoices.rows) == ([("a.csv", "waiting")], {})
    first = house.files.load_files()[0]
    house.exchange.drop_invoices("a.csv", an_invoice())
    house.clock.sleep(60)
    assert fates(carry(house)) == [("a.csv", "settled")]
    (row,) = house.files.load_files()
    assert (row.id, row.first_seen_at) == (first.id, first.first_seen_at)


def test_a_file_that_still_looks_cut_is_read_in_each_pass() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice(), incomplete=True)
    assert [fates(carry(house)) for _ in range(2)] == [[("a.csv", "waiting")]] * 2
    assert log(house) == [("a.csv", "waiting")]


def test_a_file_nothing_of_which_can_be_read_is_refused_and_adds_nothing() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice(), problems=[BAD_FILE])
    assert fates(carry(house)) == [("a.csv", "refused")]
    assert house.invoices.rows == {}


def test_one_bad_row_keeps_the_file_open_and_lets_the_others_post() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice(), problems=[BAD_ROW])
    assert fates(carry(house)) == [("a.csv", "taken")]
    assert [row.posting.state for row in house.invoices.rows.values()] == [PostingState.DONE]
    assert fates(carry(house)) == [] and log(house) == [("a.csv", "taken")]


def test_a_heading_alone_is_settled() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv")
    assert fates(carry(house)) == [("a.csv", "settled")]


def test_a_name_that_is_not_taken_is_told_each_time_and_written_down_once() -> None:
    house = a_house()
    growing = NotTaken("b.csv", 12, None, "waiting", "it is still growing")
    house.exchange.not_taken = [growing]
    assert [fates(carry(house)) for _ in range(2)] == [[("b.csv", "waiting")]] * 2
    assert [note.event for note in house.files.notes] == ["file.waiting"]
    house.exchange.not_taken = [replace(growing, state="refused", reason="it is a link")]
    carry(house)
    assert [note.event for note in house.files.notes] == ["file.waiting", "file.refused"]
    assert log(house) == [("b.csv", "refused")]


def test_a_known_name_that_is_written_to_again_gets_a_row_of_its_own() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry(house)
    house.exchange.not_taken = [NotTaken("a.csv", 999, None, "waiting", "it is still growing")]
    carry(house)
    assert log(house) == [("a.csv", "settled"), ("a.csv", "waiting")]


def test_older_files_are_taken_first() -> None:
    house = a_house()
    house.exchange.drop_invoices("z.csv", an_invoice())
    house.exchange.drop_invoices("a.csv", an_invoice(invoice_number="INV-2", external_id="ST-2"))
    assert [name for name, _ in fates(carry(house))] == ["z.csv", "a.csv"]


def test_files_out_of_reach_leave_earlier_invoices_to_be_worked_on() -> None:
    house = a_house()
    invoice_id = house.ready()
    house.exchange.faults["list_arrivals"] = BROKEN
    report = carry(house)
    assert report.errors == (BROKEN,)
    assert house.statuses(invoice_id) == ["Open"]


def test_a_connection_that_breaks_at_the_second_file_keeps_the_first() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    house.exchange.drop_invoices("b.csv", an_invoice(invoice_number="INV-2", external_id="ST-2"))
    house.exchange.faults["parse b.csv"] = BROKEN
    report = carry(house)
    assert (fates(report), report.errors) == ([("a.csv", "settled")], (BROKEN,))


def test_a_fault_of_the_program_in_one_file_leaves_the_others_alone_and_is_met_again() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    house.exchange.drop_invoices("b.csv", an_invoice(invoice_number="INV-2", external_id="ST-2"))
    house.exchange.faults["parse a.csv"] = KeyError("bug")
    report = carry(house)
    assert fates(report) == [("b.csv", "settled")]
    assert [(error.family, "a.csv" in error.message) for error in report.errors] == [("program", True)]
    assert fates(carry(house)) == [("a.csv", "settled")]


def test_a_feed_that_is_off_is_not_looked_at() -> None:
    house = a_house()
    house.exchange.switched_on = ("vendors",)
    house.exchange.drop_invoices("a.csv", an_invoice())
    assert fates(carry(house)) == []


# What becomes of files at the source.


@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_file_is_cleared_away_once_everything_in_it_ended(after: str) -> None:
    house = a_house()
    house.exchange.after[FEED] = after
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry(house)
    assert house.exchange.names() == set()
    assert house.exchange.moved == (["a.csv"] if after == "move" else [])


def test_a_file_stays_while_anything_of_it_is_open() -> None:
    house = a_house()
    house.exchange.after[FEED] = "move"
    house.exchange.drop_invoices("a.csv", an_invoice(), a_stopped_invoice())  # type: ignore[arg-type]
    for _ in range(2):
        carry(house)
        assert house.exchange.names() == {"a.csv"}
    house.erp.master = replace(
        house.erp.master,
        vendors={**house.erp.master.vendors, "V99999": replace(house.erp.master.vendors["V10005"], vendor_id="V99999")},
    )
    house.clock.sleep(3600)
    house.ready(invoice_number="INV-3", external_id="ST-3")
    carry(house)
    assert house.exchange.names() == set()


def test_a_file_with_a_bad_row_stays() -> None:
    house = a_house()
    house.exchange.after[FEED] = "delete"
    house.exchange.drop_invoices("a.csv", an_invoice(), problems=[BAD_ROW])
    carry(house)
    carry(house)
    assert house.exchange.names() == {"a.csv"}


def test_left_is_left() -> None:
    house = a_house()
    house.exchange.drop_invoices("a.csv", an_invoice())
    carry(house)
    carry(house)
    assert house.exchange.names() == {"a.csv"}


def test_what_could_not_be_cleared_away_is_tried_again_in_the_next_pass() -> None:
    house = a_house()
    house.exchange.after[FEED] = "move"
    house.exchange.drop_invoices("a.csv", an_invoice())
    house.exchange.faults["dispose_arrival"] = BROKEN
    report = carry(house)
    assert (report.errors, log(house)) == ((BROKEN,), [("a.csv", "settled")])
    carry(house)
    assert (house.exchange.names(), house.exchange.moved) == (set(), ["a.csv"])


def test_a_repeat_is_cleared_away_with_its_original_and_not_before() -> None:
    house = a_house()
    house.exchange.after[FEED] = "move"
    house.exchange.drop_invoices("a.csv", a_stopped_invoice())  # type: ignore[arg-type]
    house.exchange.copy("a.csv", "b.csv")
    carry(house)
    assert house.exchange.names() == {"a.csv", "b.csv"}
    for row in house.files.load_files():
        if row.state == "taken":
            settle(house, row)
    carry(house)
    assert house.exchange.names() == set()


def settle(house: House, row: FileRecord) -> None:
    """A person refused what was open in the file."""
    for record in house.invoices.load_of_file(row.id):
        closed = replace(record.posting, state=PostingState.CLOSED, reason="refused")
        house.invoices.rows[record.posting.id] = replace(record, posting=closed)


def test_a_file_that_was_replaced_meanwhile_is_not_cleared_away_unread() -> None:
    house = a_house()
    house.exchange.after[FEED] = "delete"
    house.exchange.drop_invoices("a.csv", an_invoice())
    later = an_invoice(invoice_number="INV-2", external_id="ST-2")
    house.erp.meanwhile("create", lambda: house.exchange.drop_invoices("a.csv", later))
    carry(house)
    assert house.exchange.names() == {"a.csv"}
    carry(house)
    assert (house.exchange.names(), len(house.erp.calls("create"))) == (set(), 2)


def test_a_set_that_stays_in_part_is_given_up_after_its_patience_and_told_once() -> None:
    house = a_house()
    waits = NotTaken("a.csv", 1, house.clock.now(), "waiting", "waits for b.csv", "file.incomplete_set", 24.0)
    house.exchange.not_taken = [waits]
    assert fates(carry(house)) == [("a.csv", "waiting")]
    house.clock.sleep(24 * 3600)
    (given_up,) = carry(house).files
    assert (given_up.state, given_up.reason) == ("refused", "waits for b.csv; given up after 24 hours")
    assert [problem.code for problem in given_up.problems] == ["file.incomplete_set"]
    assert [note.event for note in house.files.notes] == ["file.waiting", "file.refused"]
