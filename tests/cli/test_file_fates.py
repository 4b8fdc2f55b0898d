"""Every way a file of invoices can be: a state and a reason in words, the rest goes on, the bytes are kept, and nothing
is lost."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ml_connector_twins.stampli.outgoing import render_invoices
from tests.firm import CONNECTION, Outcome
from tests.office import Office
from tests.papers import approved, overhead

NAME = "approved_invoices_1.csv"
GOOD = render_invoices([approved("INV-1", overhead("10.00"))])
TWO = render_invoices([approved("INV-1", overhead("10.00")), approved("INV-2", overhead("20.00"))])
QUOTED = render_invoices(
    [approved("INV-1", overhead("10.00")), approved("INV-2", overhead("20.00"), description='12" pipe, "late"')]
)
HEADING = GOOD[: GOOD.index(b"\r\n") + 2]
# The server tells times in whole seconds: what is written in another one is seen as written again.
NEXT_SECOND = 1.05


def test_the_same_file_again_is_a_repeat_whether_touched_or_renamed(office: Office) -> None:
    office.drop(NAME, GOOD)
    assert file_of(office.pass_of("invoices"))["state"] == "settled"
    time.sleep(NEXT_SECOND)
    office.drop(NAME, GOOD)
    office.drop("approved_invoices_2.csv", GOOD)

    again = office.pass_of("invoices")

    assert (again.exit_code, states(again)) == (0, {NAME: "repeat", "approved_invoices_2.csv": "repeat"})
    assert file_of(again)["reason"] == "the same file again; nothing to do"
    assert file_of(again, "approved_invoices_2.csv")["reason"] == f"same content as {NAME}; skipped"
    assert {row["name"]: (row["state"], row["documents"]) for row in office.list_files().document} == {
        NAME: ("settled", 1),
        "approved_invoices_2.csv": ("repeat", 0),
    }
    assert_nothing_lost(office, ["INV-1"])


def test_a_file_of_a_slow_writer_waits_until_it_stands_still(office: Office) -> None:
    office.set_up(stampli={"settle_seconds": 1.5})
    with growing(office.outbound / NAME, TWO):
        first = office.pass_of("invoices")

    assert (first.exit_code, states(first), office.bills()) == (0, {NAME: "waiting"}, [])
    assert file_of(first)["reason"] == f"{NAME} is still being written"

    second = office.pass_of("invoices")

    assert (second.exit_code, states(second)) == (0, {NAME: "settled"})
    assert file_of(second)["id"] == file_of(first)["id"]
    assert_nothing_lost(office, ["INV-1", "INV-2"])


@pytest.mark.parametrize(
    ("content", "state", "exit_code", "words"),
    [
        (b"", "waiting", 0, "The file is empty (0 bytes)."),
        (HEADING, "settled", 0, "nothing in it"),
        (TWO.decode().encode("utf-16"), "refused", 1, "The file is written in UTF-16; UTF-8 is expected."),
        (TWO.replace(b"Overhead", b"Over\0ead", 1), "refused", 1, "Row 2 holds a zero byte, which no text has."),
        (TWO[:-200].ljust(len(TWO), b"\0"), "refused", 1, "File has zero bytes from row 3 on: incomplete."),
        (b"nothing,of,this\r\n1,2,3\r\n", "refused", 1, "Column 'VendorID' is missing."),
    ],
    ids=["empty", "heading only", "UTF-16", "a zero byte", "reserved and not filled", "another heading"],
)
def test_a_file_that_cannot_be_taken_says_why_and_is_kept(
    office: Office, content: bytes, state: str, exit_code: int, words: str
) -> None:
    office.drop(NAME, content)

    outcome = office.pass_of("invoices")

    assert (outcome.exit_code, states(outcome)) == (exit_code, {NAME: state})
    assert file_of(outcome)["reason"].startswith(words)
    assert (outcome.document["invoices"], office.bills()) == ([], [])
    if state != "settled":
        problem = file_of(outcome)["problems"][0]
        assert problem["message"].startswith(words)
        assert set(problem) == {"code", "message", "file", "record", "line", "column", "value", "rule", "scope"}
        assert (problem["file"], problem["scope"]) == (NAME, "file")
    assert_kept(office, content)

    time.sleep(NEXT_SECOND)
    office.drop(NAME, TWO)
    assert states(office.run("sync", CONNECTION, "invoices", "--json")) == {NAME: "settled"}
    assert_nothing_lost(office, ["INV-1", "INV-2"])


def test_an_empty_file_that_stays_needs_a_person_from_the_second_pass_on(office: Office) -> None:
    office.drop(NAME, b"")
    assert office.run("sync", CONNECTION, "invoices").exit_code == 0

    assert office.run("sync", CONNECTION, "invoices").exit_code == 1


@pytest.mark.parametrize("cut", [b'12""', b"INV-2", b"INV-2,2026-10-05,"], ids=["in quotes", "in a cell", "in a row"])
def test_a_cut_file_waits_whole_and_all_of_it_is_booked_once_it_is_complete(office: Office, cut: bytes) -> None:
    piece = QUOTED[: QUOTED.index(cut) + len(cut)]
    office.drop(NAME, piece)

    first = office.pass_of("invoices")

    assert (first.exit_code, states(first), office.bills()) == (1, {NAME: "waiting"}, [])
    assert "in the middle of row 3" in file_of(first)["reason"]
    assert_kept(office, piece)
    office.drop(NAME, QUOTED)
    second = office.run("sync", CONNECTION, "invoices", "--json")
    assert (second.exit_code, states(second)) == (0, {NAME: "settled"})
    assert file_of(second)["id"] == file_of(first)["id"]
    assert_kept(office, QUOTED)
    assert_nothing_lost(office, ["INV-1", "INV-2"])


def test_one_bad_row_leaves_out_its_own_invoice_alone_until_it_comes_right(office: Office) -> None:
    office.drop(NAME, TWO.replace(b"20.00", b"2O.00"))

    outcome = office.pass_of("invoices")

    assert (outcome.exit_code, states(outcome), office.bills()) == (1, {NAME: "taken"}, [("INV-1", "Open")])
    (problem, *_) = file_of(outcome)["problems"]
    assert (problem["line"], problem["value"], problem["scope"]) == (3, "2O.00", "document")
    assert problem["message"].startswith("Row 3: ") and "INV-2" in problem["message"]
    office.drop("approved_invoices_2.csv", TWO)
    corrected = office.run("sync", CONNECTION, "invoices", "--json")
    assert (corrected.exit_code, states(corrected)) == (0, {"approved_invoices_2.csv": "settled"})
    assert_nothing_lost(office, ["INV-1", "INV-2"])


def test_new_content_under_a_known_name_is_a_new_version_whose_new_invoices_post(office: Office) -> None:
    office.drop(NAME, GOOD)
    office.run("sync", CONNECTION, "invoices")
    office.drop(NAME, TWO)

    outcome = office.pass_of("invoices")

    assert (outcome.exit_code, states(outcome)) == (0, {NAME: "settled"})
    assert [row["name"] for row in office.list_files().document] == [NAME, NAME]
    assert_kept(office, GOOD)
    assert_kept(office, TWO)
    assert_nothing_lost(office, ["INV-1", "INV-2"])


def test_links_folders_and_unsafe_names_are_told_and_never_read(office: Office) -> None:
    secret = office.folder / "outside.csv"
    secret.write_bytes(GOOD)
    (office.outbound / "approved_invoices_link.csv").symlink_to(secret)
    (office.outbound / "approved_invoices_folder.csv").mkdir()
    (office.outbound / "approved_invoices_\x1b[31m.csv").write_bytes(GOOD)
    (office.outbound / "approved_invoices_a\\..\\b.csv").write_bytes(GOOD)
    os.mkfifo(office.outbound / "approved_invoices_pipe.csv")
    office.drop(NAME, TWO)

    outcome = office.pass_of("invoices")

    fates = {row["name"]: (row["state"], row["reason"]) for row in outcome.document["files"]}
    assert outcome.exit_code == 1
    assert fates == {
        NAME: ("settled", None),
        "approved_invoices_link.csv": ("refused", "Link instead of file: approved_invoices_link.csv"),
        "approved_invoices_folder.csv": ("refused", "Folder instead of file: approved_invoices_folder.csv"),
        "approved_invoices_pipe.csv": ("refused", "Not a normal file: approved_invoices_pipe.csv"),
        "approved_invoices_\\x1b[31m.csv": (
            "refused",
            "Unsafe file name; not read: approved_invoices_\\x1b[31m.csv (control characters)",
        ),
        "approved_invoices_a\\..\\b.csv": (
            "refused",
            "Unsafe file name; not read: approved_invoices_a\\..\\b.csv (a path instead of a name)",
        ),
    }
    in_words = office.run("file", "list", CONNECTION)
    assert in_words.exit_code == 0 and "\x1b" not in in_words.output
    assert_nothing_lost(office, ["INV-1", "INV-2"])


def test_what_a_sender_has_not_finished_is_passed_over_without_a_word(office: Office) -> None:
    for name in (f".{NAME}", f"{NAME}.part", f"{NAME}.tmp", f"{NAME}.filepart"):
        (office.outbound / name).write_bytes(GOOD)

    outcome = office.pass_of("invoices")

    assert (outcome.exit_code, outcome.document["files"], office.bills()) == (0, [], [])


def file_of(outcome: Outcome, name: str = NAME) -> Mapping[str, Any]:
    """The row of one file in a document of ``sync``."""
    (row,) = [row for row in outcome.document["files"] if row["name"] == name]
    return dict(row)


def states(outcome: Outcome) -> dict[str, str]:
    """State of every file a pass tells, by name."""
    return {row["name"]: row["state"] for row in outcome.document["files"]}


def assert_kept(office: Office, content: bytes) -> None:
    """The archive holds these bytes."""
    digest = hashlib.sha256(content).hexdigest()
    assert (office.folder / "var" / "archive" / digest[:2] / digest[2:4] / digest).read_bytes() == content


def assert_nothing_lost(office: Office, numbers: list[str]) -> None:
    """Exactly these invoices are booked, once and for good; all is accounted for, and the trail is unbroken."""
    assert sorted(office.bills()) == [(number, "Open") for number in sorted(numbers)]
    proved = office.prove()
    assert [(row["booked_once"], row["residual"]) for row in proved.document] == [(len(numbers), "0.00")]
    assert office.verify_audit().exit_code == 0


@contextmanager
def growing(path: Path, content: bytes) -> Iterator[None]:
    """A sender that writes a little all the time, and the whole content at the end of the block."""
    done = threading.Event()

    def write() -> None:
        with path.open("wb", buffering=0) as file:
            for byte in content[:-1]:
                file.write(bytes([byte]))
                if done.wait(0.05):
                    break
            file.write(content[file.tell() :])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        done.set()
        writer.join()
