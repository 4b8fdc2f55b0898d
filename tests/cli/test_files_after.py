"""What becomes of a file at the source: left, moved or deleted, and only once everything in it is settled."""

from __future__ import annotations

import hashlib

import pytest

from ml_connector_twins.stampli.outgoing import render_invoices
from tests.cli.test_whole_job import a_payment, pay
from tests.firm import CONNECTION
from tests.office import Office
from tests.papers import approved, overhead

NAME = "approved_invoices_1.csv"
GOOD = render_invoices([approved("INV-1", overhead("10.00"))])


def cleared(office: Office, after: str, *feeds: str) -> None:
    """The feeds are cleared away like that."""
    done = office.outbound / "done"
    done.mkdir()
    keys = {"layout": "standard-csv", "after": after, "move_to": str(done)}
    office.set_up(**{f"feeds.{feed}": keys for feed in feeds or ("approved_invoices",)})


def moved_name(content: bytes, name: str = NAME) -> str:
    """The name of a moved file: the head of its hash tells two of one name apart."""
    return f"{hashlib.sha256(content).hexdigest()[:8]}_{name}"


def listed(office: Office) -> tuple[list[str], list[str]]:
    """Names in the outbound folder and in the one beside it."""
    done = office.outbound / "done"
    return sorted(path.name for path in office.outbound.iterdir() if path != done), sorted(
        path.name for path in done.iterdir()
    )


@pytest.mark.parametrize(
    ("after", "left"), [("leave", ([NAME], [])), ("move", ([], [moved_name(GOOD)])), ("delete", ([], []))]
)
def test_a_settled_file_is_left_moved_or_deleted(office: Office, after: str, left: tuple[list[str], list[str]]) -> None:
    cleared(office, after)
    office.drop(NAME, GOOD)

    outcome = office.pass_of("invoices")

    assert (outcome.exit_code, office.bills(), listed(office)) == (0, [("INV-1", "Open")], left)
    assert [path.read_bytes() for path in office.outbound.rglob("*.csv")] == [GOOD] * (after != "delete")
    again = office.run("sync", CONNECTION, "invoices", "--json")
    assert (again.exit_code, again.document["files"], listed(office)) == (0, [], left)


@pytest.mark.parametrize("after", ["move", "delete"])
def test_a_file_stays_while_one_invoice_of_it_waits_for_a_person(office: Office, after: str) -> None:
    cleared(office, after)
    content = render_invoices([approved("INV-1"), approved("INV-2", vendor="V10999")])
    office.drop(NAME, content)

    waiting = office.run("sync", CONNECTION, "invoices", "--json")

    assert (waiting.exit_code, listed(office)) == (1, ([NAME], []))
    assert [row["state"] for row in waiting.document["files"]] == ["taken"]

    office.people("add_vendor", code="V10999", name="Late Vendor", status="Active", terms="30D", currency="USD")
    assert office.run("sync", CONNECTION, "all", "--json").exit_code == 0

    assert listed(office) == ([], [moved_name(content)] * (after == "move"))
    assert sorted(office.bills()) == [("INV-1", "Open"), ("INV-2", "Open")]


def test_a_file_with_a_row_that_could_not_be_read_stays(office: Office) -> None:
    cleared(office, "delete")
    office.drop(
        NAME, render_invoices([approved("INV-1"), approved("INV-2")]).replace(b"INV-2,2026-10", b"INV-2,2026-13")
    )

    for _ in range(2):
        office.run("sync", CONNECTION, "invoices")

    assert (office.bills(), listed(office)) == ([("INV-1", "Open")], ([NAME], []))


def test_a_repeat_goes_the_way_of_its_original(office: Office) -> None:
    cleared(office, "move")
    office.drop(NAME, GOOD)
    office.run("sync", CONNECTION, "invoices")
    office.drop("approved_invoices_2.csv", GOOD)

    outcome = office.run("sync", CONNECTION, "invoices", "--json")

    assert [row["state"] for row in outcome.document["files"]] == ["repeat"]
    names = sorted([moved_name(GOOD), moved_name(GOOD, "approved_invoices_2.csv")])
    assert (outcome.exit_code, listed(office)) == (0, ([], names))


def test_payment_files_are_cleared_away_too(office: Office) -> None:
    cleared(office, "move", "payments")
    office.drop_invoices(approved("INV-8841"))
    office.run("sync", CONNECTION, "all")
    pay(office, "1284.37", "000001")
    content = office.drop_payments(a_payment("1284.37", "INV-8841")).read_bytes()

    outcome = office.run("sync", CONNECTION, "payments", "--json")

    assert (outcome.exit_code, [row["result"] for row in outcome.document["payments"]]) == (0, ["matched"])
    assert listed(office) == ([NAME], [moved_name(content, "payments_1.csv")])


def test_a_file_that_cannot_be_moved_is_told_and_moved_once_it_can_be(office: Office) -> None:
    cleared(office, "move")
    (office.outbound / "done").rmdir()
    office.drop(NAME, GOOD)

    first = office.pass_of("invoices")

    error = first.document["error"]
    assert (first.exit_code, error["code"], error["stage"]) == (3, "sftp.folder_missing", "outbound_move")
    assert str(office.outbound / "done") in error["message"]
    assert (office.bills(), [row["state"] for row in first.document["files"]]) == ([("INV-1", "Open")], ["settled"])

    (office.outbound / "done").mkdir()
    second = office.run("sync", CONNECTION, "invoices", "--json")

    assert (second.exit_code, listed(office)) == (0, ([], [moved_name(GOOD)]))
    assert office.bills() == [("INV-1", "Open")]
