"""The breaking machine: a drawn sample of its schedules, every schedule that ever failed, and that it sees what is
wrong (``make crash`` runs all that this leaves out)."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from tests.crash.machine import auditor
from tests.crash.machine.__main__ import DRAW, main
from tests.crash.machine.running import drawn_schedules, live_by_seed, run_schedules
from tests.crash.machine.schedule import parse_seed
from tests.crash.machine.wire import Crash, Wire

SHARES, SHARE = 20, 14
WALKS, WALK_SHARES = 48, 4
KEPT = [
    line.partition(" judged ")[0]
    for line in (Path(auditor.__file__).parent / "kept_seeds.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@cache
def drawn() -> Sequence[str]:
    """The seeds of the sample, the same in every process."""
    return [schedule.seed for schedule in drawn_schedules(SHARES * SHARE, DRAW)]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Planned faults are logged for nobody."""
    caplog.set_level(100)


@pytest.mark.parametrize("share", range(SHARES))
def test_nothing_is_lost_booked_twice_or_stuck_however_it_breaks(share: int) -> None:
    lives = map(live_by_seed, drawn()[share::SHARES])
    assert {life.seed: life.wrong() for life in lives if life.wrong()} == {}


@pytest.mark.parametrize("share", range(WALK_SHARES))
def test_no_walk_of_many_processes_and_faults_goes_wrong(share: int) -> None:
    """The events of the model of the protocol, drawn on the running code."""
    lives = [live_by_seed(f"walk:{number}") for number in range(share, WALKS, WALK_SHARES)]
    assert {life.seed: life.wrong() for life in lives if life.wrong()} == {}


@pytest.mark.parametrize("seed", KEPT)
def test_what_once_failed_does_not_fail_again(seed: str) -> None:
    assert live_by_seed(seed).wrong() == []


def test_a_seed_names_one_schedule() -> None:
    for seed in ("release:lost:put#1:torn", "batch:none:recorded#2:before+verified#1:after"):
        assert parse_seed(seed).seed == seed
    with pytest.raises(ValueError, match="no 'lots'"):
        parse_seed("release:lots:put#1:torn")
    with pytest.raises(ValueError, match="not sideways"):
        parse_seed("release:lost:put#1:sideways")


def test_a_schedule_goes_the_same_way_each_time() -> None:
    seed = "batch:late-700:put#2:torn+verified#1:after"
    first, second = live_by_seed(seed), live_by_seed(seed)
    assert (first.verdict, first.reached) == (second.verdict, True)


def test_the_command_tells_how_one_schedule_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "release:person-types:put#1:after"]) == 0
    assert capsys.readouterr().out == (
        "release:person-types:put#1:after: all is well\n  asked: INV-8841 person exists\n"
    )


def test_the_table_counts_what_was_lived_through() -> None:
    seeds = ["release:none:put#1:after", "release:doubled:put#1:alone", "hold:doubled:put#1:alone"]
    tally = run_schedules(map(parse_seed, seeds), 1)
    assert (tally.schedules, tally.wrong) == (3, {})
    assert tally.found["doubled", "held"] == 2
    heading, none, doubled, everything = tally.render().splitlines()
    assert heading.split()[:4] == ["schedules", "of", "release", "balance"]
    assert [line.split()[:2] for line in (none, doubled, everything)] == [["none", "1"], ["doubled", "1"], ["all", "2"]]


def test_a_process_ends_where_the_wire_says() -> None:
    wire = Wire("put#2", "after")
    wire.cross("put", "before")
    wire.cross("put", "after")
    wire.cross("put", "before")
    with pytest.raises(Crash):
        wire.cross("put", "after")
    assert (wire.crossed, wire.reached) == (["put#1", "put#2"], True)


def test_the_auditor_imports_nothing_of_the_product() -> None:
    tree = ast.parse(Path(auditor.__file__).read_text(encoding="utf-8"))
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported += [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    assert [name for name in imported if name.startswith(("ml_connector", "tests"))] == []


# What the auditor sees.

PAPER = auditor.Paper("V10005", "INV-8841", (Decimal("1284.37"),))


def a_book(**cells: str) -> dict[str, str]:
    """A released bill of ours."""
    return {
        "Type": "Bill",
        "ReferenceNbr": "000001",
        "Vendor": "V10005",
        "VendorRef": "INV-8841",
        "Status": "Open",
        "Amount": "1284.37",
        "Description": "SXABC October",
        "Hand": "",
        **cells,
    }


def a_store(**cells: object) -> auditor.Export:
    """One row, done with that bill."""
    row = {
        "id": "i1",
        "vendor_id": "V10005",
        "invoice_number": "INV-8841",
        "state": "done",
        "reason": None,
        "findings": "[]",
        "verified_type": "Bill",
        "verified_number": "000001",
        "total": "1284.37",
        **cells,
    }
    entry = {"connection": "c", "sequence": 1, "subject": "i1", "previous_hash": "0" * 64, "hash": "", "data": "{}"}
    entry |= {"at": "2026-10-14T13:00:00.000000+00:00", "event": "e", "note": "n", "actor": "a"}
    entry["hash"] = auditor.seal_of(entry)
    return auditor.Export([row], [entry], {"c": (1, str(entry["hash"]))})


def seen(books: list[dict[str, str]], store: auditor.Export | None = None) -> list[str]:
    return auditor.audit([PAPER], books, store or a_store(), finish="release").faults()


def test_the_auditor_is_content_with_one_bill_of_the_right_amount() -> None:
    assert seen([a_book()]) == []


def test_the_auditor_sees_a_bill_that_can_be_paid_twice() -> None:
    (fault,) = seen([a_book(), a_book(ReferenceNbr="000002", Status="Balanced")])
    assert fault == "twice: INV-8841 can be paid 2 times: Bill 000001, Bill 000002"


def test_the_auditor_sees_what_is_lost() -> None:
    assert seen([]) == ["lost: INV-8841 is done as Bill 000001, which the ledger does not hold"]
    assert seen([a_book(Status="On Hold")])[0].startswith(
        "lost: INV-8841 is done as ('V10005', 'INV-8841', 'Bill', 'On"
    )
    assert seen([a_book()], auditor.Export([], [], {})) == ["lost: INV-8841 has 0 rows in our store"]
    stray = a_book(ReferenceNbr="000007", VendorRef="OTHER")
    assert seen([a_book(), stray]) == ["lost: Bill 000007 is ours and belongs to no invoice"]
    assert seen([], a_store(state="closed", reason="voided")) == [
        "lost: INV-8841 is closed (voided) and nobody canceled it"
    ]


def test_the_auditor_sees_what_is_stuck() -> None:
    assert seen([a_book()], a_store(state="recorded")) == ["stuck: INV-8841 stands in recorded"]
    assert seen([a_book()], a_store(state="person")) == ["stuck: INV-8841 is person and nobody is told why"]
    assert seen([a_book()], a_store(state="person", reason="double")) == []


def test_the_auditor_sees_what_stampli_was_never_told() -> None:
    def seen_with(*told: dict[str, str]) -> list[str]:
        return auditor.audit([PAPER], [a_book()], a_store(), finish="release", told=told).faults()

    assert seen_with({"InvoiceNumber": "INV-8841", "Result": "POSTED", "Bill": "Bill/000001"}) == []
    assert seen_with() == ["lost: INV-8841 is done as Bill/000001; Stampli was told nothing"]


def test_the_auditor_sees_a_payment_without_its_match() -> None:
    store = a_store(paid=1)
    payment = {"payment_id": "P-1", "result": "break"}
    waiting = auditor.Export(store.invoices, store.entries, store.heads, [payment])
    assert seen([a_book()], waiting) == ["stuck: payment P-1 is break"]


def test_the_auditor_sees_a_cent() -> None:
    assert seen([a_book(Amount="1284.38")])[0].startswith("cents: INV-8841: the bill says 1284.38")


def test_the_auditor_sees_a_changed_entry() -> None:
    store = a_store()
    changed = auditor.Export(store.invoices, [{**store.entries[0], "note": "other"}], store.heads)
    assert seen([a_book()], changed) == ["chain: entry 1 of c does not follow 0"]
    beheaded = auditor.Export(store.invoices, store.entries, {"c": (2, "f")})
    assert seen([a_book()], beheaded)[0].startswith("chain: the heads are")
    unwritten = auditor.Export(store.invoices, [], {})
    assert seen([a_book()], unwritten) == ["chain: i1 has no entry"]
