"""Every way a file of invoices can be wrong: a state, a reason in words, the rest goes on, and nothing is lost."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ml_connector_twins.stampli.outgoing import render_invoices
from tests.firm import CONNECTION
from tests.office import Office, running_office
from tests.papers import approved, overhead

ONE = ("INV-8841", "1284.37")
GOOD = render_invoices([approved(ONE[0], overhead(ONE[1]))])
TWO = render_invoices([approved("INV-1", overhead("10.00")), approved("INV-2", overhead("20.00"))])
HEADING = GOOD[: GOOD.index(b"\r\n") + 2]


def test_the_same_file_twice_and_the_same_bytes_under_a_new_name_book_once(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.drop("approved_invoices_1.csv", GOOD)
        assert office.sync().exit_code == 0
        time.sleep(1.1)
        office.drop("approved_invoices_1.csv", GOOD)
        office.drop("approved_invoices_2.csv", GOOD)
        again = office.sync()
        assert again.exit_code == 0
        told = {row["name"]: (row["state"], bool(row["reason"])) for row in again.document["files"]}
        assert told == {"approved_invoices_1.csv": ("repeat", True), "approved_invoices_2.csv": ("repeat", True)}
        assert office.files() == {"approved_invoices_1.csv": ("settled", 1), "approved_invoices_2.csv": ("repeat", 0)}
        nothing_lost(office, [(*ONE, "Open")])


def test_a_file_that_still_grows_waits_and_is_taken_when_it_stands_still(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.write_settings({"stampli.settle_seconds": "1.5"})
        path = office.outbound / "approved_invoices_1.csv"
        path.write_bytes(TWO[:-40])
        growing = threading.Event()

        def write_on() -> None:
            with path.open("ab") as file:
                while not growing.wait(0.2):
                    file.write(b" ")
                    file.flush()

        writer = threading.Thread(target=write_on)
        writer.start()
        first = office.sync()
        growing.set()
        writer.join()
        assert [(row["name"], row["state"]) for row in first.document["files"]] == [(path.name, "waiting")]
        assert office.bills() == []
        path.write_bytes(TWO)
        assert office.sync().exit_code == 0
        nothing_lost(office, [("INV-1", "10.00", "Open"), ("INV-2", "20.00", "Open")])


@pytest.mark.parametrize(
    ("content", "state", "exit_code", "said"),
    [
        (b"", "waiting", 0, "empty"),
        (HEADING, "settled", 0, "nothing"),
        (TWO.decode().encode("utf-16"), "refused", 1, "UTF-16"),
        (GOOD + b'900999,"never clo', "waiting", 1, "never closes"),
        (GOOD.replace(b"1284.37", b"12\x0084.37"), "refused", 1, "zero byte"),
    ],
    ids=["empty", "heading only", "UTF-16", "cut in a quoted field", "zero bytes"],
)
def test_a_file_that_cannot_be_taken_is_told(
    tmp_path: Path, content: bytes, state: str, exit_code: int, said: str
) -> None:
    with running_office(tmp_path) as office:
        office.drop("approved_invoices_9.csv", content)
        outcome = office.sync()
        (row,) = outcome.document["files"]
        assert (row["state"], outcome.exit_code) == (state, exit_code), outcome
        assert said.lower() in (row["reason"] or "").lower()
        assert (office.outbound / "approved_invoices_9.csv").read_bytes() == content
        nothing_lost(office, [])


def test_a_cut_file_that_comes_whole_later_is_booked(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.drop("approved_invoices_1.csv", TWO[: TWO.index(b"INV-2") + 2])
        assert office.sync().document["files"][0]["state"] == "waiting"
        office.drop("approved_invoices_1.csv", TWO)
        assert office.sync().exit_code == 0
        nothing_lost(office, [("INV-1", "10.00", "Open"), ("INV-2", "20.00", "Open")])


def test_one_bad_row_stops_its_own_invoice_alone(tmp_path: Path) -> None:
    with running_office(tmp_path) as office:
        office.drop("approved_invoices_1.csv", TWO.replace(b"20.00", b"2O.00"))
        outcome = office.sync()
        assert outcome.exit_code == 1
        (row,) = outcome.document["files"]
        problem: dict[str, Any] = row["problems"][0]
        assert (row["state"], problem["line"], problem["scope"], problem["value"]) == ("taken", 3, "document", "2O.00")
        assert problem["column"] and problem["rule"] and "2O.00" in problem["message"]
        nothing_lost(office, [("INV-1", "10.00", "Open")])
        office.drop("approved_invoices_1_fixed.csv", TWO)
        assert office.sync().document["files"][0]["state"] == "settled"
        nothing_lost(office, [("INV-1", "10.00", "Open"), ("INV-2", "20.00", "Open")])


@pytest.mark.parametrize(("after", "left"), [("leave", True), ("move", False), ("delete", False)])
def test_a_settled_file_is_left_moved_or_deleted(tmp_path: Path, after: str, left: bool) -> None:
    with running_office(tmp_path) as office:
        done = office.outbound / "done"
        done.mkdir()
        office.write_settings(
            {
                "feeds.approved_invoices.after": f'"{after}"',
                "feeds.approved_invoices.move_to": f'"{office.sshd.outbound}/done"',
            }
        )
        path = office.drop("approved_invoices_1.csv", GOOD)
        assert office.sync().exit_code == 0
        assert path.exists() is left
        assert [file.read_bytes() for file in done.iterdir()] == ([GOOD] if after == "move" else [])
        nothing_lost(office, [(*ONE, "Open")])


def nothing_lost(office: Office, bills: list[tuple[str, str, str]]) -> None:
    """Exactly these bills, every approved invoice accounted for, the trail unbroken."""
    assert office.bills() == sorted(bills)
    proof = office.run("prove", CONNECTION, "--json")
    assert [(row["residual"], row["missing"], row["twice"]) for row in proof.document] == [("0.00", [], [])] * bool(
        bills
    )
    assert office.run("audit", "verify", CONNECTION, "--json").document["ok"] is True
