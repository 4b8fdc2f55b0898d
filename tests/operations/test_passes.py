"""Passes of flows: one lease each, each on record with how it ended, a failure of one leaving the next alone."""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import FileRecord, RequestCounts
from ml_connector.errors import ConnectorError, TransientError
from ml_connector.flows.catalog import FeedReport, FlowName, PassReport
from ml_connector.operations.leases import LEASE_SECONDS, LeaseKeeper
from ml_connector.operations.passes import SyncResult, flows_named, render_result, run_passes
from ml_connector.problems import Problem
from tests.builders import a_posting, a_record
from tests.store.records import a_payment

START = datetime(2026, 10, 14, 13, tzinfo=UTC)
DOWN = TransientError("the server is down", code="acumatica.unreachable")


class Leases:
    """Leases of one machine."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.claims: list[str] = []
        self.error: ConnectorError | None = None

    def claim(self, flow: str, holder: str, ttl_seconds: float) -> bool:
        self.claims.append(flow)
        if self.error is not None:
            raise self.error
        return self.held.setdefault(flow, holder) == holder

    def release(self, flow: str, holder: str) -> None:
        if self.held.get(flow) == holder:
            del self.held[flow]


class Runs:
    """The list of passes."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, str | None, Mapping[str, object]]] = {}

    def record_start(self, flow: str) -> str:
        run_id = f"r{len(self.rows)}"
        self.rows[run_id] = (flow, None, {})
        return run_id

    def record_end(self, run_id: str, outcome: str, summary: Mapping[str, object]) -> None:
        self.rows[run_id] = (self.rows[run_id][0], outcome, summary)

    def outcomes(self) -> list[tuple[str, str | None]]:
        """Flow and outcome of each pass."""
        return [(flow, outcome) for flow, outcome, _ in self.rows.values()]


class Office:
    """A keeper, its leases and its list."""

    def __init__(self) -> None:
        self.clock = SimulatedClock(START)
        self.leases = Leases()
        self.runs = Runs()
        self.keeper = LeaseKeeper(self.leases, "me", self.clock)

    def run(self, **flows: Callable[[], PassReport]) -> tuple[PassReport, ...]:
        """One pass of each; names with an underscore for a hyphen."""
        named: dict[Any, Callable[[], PassReport]] = {name.replace("_", "-"): run for name, run in flows.items()}
        return run_passes(list(named), named, keeper=self.keeper, runs=self.runs, clock=self.clock)


def a_report(flow: FlowName = "invoices", **members: Any) -> PassReport:
    """A pass in which nothing happened."""
    return PassReport(flow, START, START, **members)


def raising(error: BaseException) -> Callable[[], PassReport]:
    """A flow that ends like this."""

    def run() -> PassReport:
        raise error

    return run


def test_flows_come_in_their_order_and_results_follow_invoices() -> None:
    assert flows_named("all") == ("master-data", "invoices", "results", "payments")
    assert flows_named("invoices") == ("invoices", "results")
    assert [flows_named(name) for name in ("master-data", "payments", "results")] == [
        ("master-data",),
        ("payments",),
        ("results",),
    ]


def test_each_pass_holds_its_own_lease_and_gives_it_back() -> None:
    office = Office()
    held: list[dict[str, str]] = []

    def look() -> PassReport:
        held.append(dict(office.leases.held))
        return a_report()

    office.run(invoices=look, payments=look)
    assert held == [{"invoices": "me"}, {"payments": "me"}]
    assert office.leases.held == {}
    assert office.runs.outcomes() == [("invoices", "done"), ("payments", "done")]


def test_a_flow_that_another_process_runs_is_left_to_it() -> None:
    office = Office()
    office.leases.held["invoices"] = "somebody else"
    first, second = office.run(invoices=raising(AssertionError("ran all the same")), payments=a_report)
    assert [(error.code, error.stage) for error in first.errors] == [("engine.lease_held", "lease")]
    assert second.errors == ()
    assert office.leases.held == {"invoices": "somebody else"}
    assert office.runs.outcomes() == [("payments", "done")]


def test_what_stops_one_flow_stands_in_its_report_and_the_next_runs() -> None:
    office = Office()
    reports = office.run(master_data=raising(DOWN), invoices=a_report)
    assert [report.errors for report in reports] == [(DOWN,), ()]
    assert office.runs.outcomes() == [("master-data", "failed"), ("invoices", "done")]
    assert office.runs.rows["r0"][2]["errors"] == ["acumatica.unreachable"]


def test_a_fault_of_the_program_is_told_without_its_words_and_the_next_runs() -> None:
    office = Office()
    first, second = office.run(invoices=raising(KeyError("secret words")), payments=a_report)
    (error,) = first.errors
    assert (error.family, error.code) == ("program", "program.fault")
    assert "KeyError in test_passes.py" in error.message and "secret words" not in error.message
    assert (second.errors, office.leases.held) == ((), {})
    assert office.runs.outcomes() == [("invoices", "failed"), ("payments", "done")]


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_a_machine_without_file_descriptors_is_told_as_one(number: int) -> None:
    (report,) = Office().run(invoices=raising(OSError(number, "words of the system")))
    (error,) = report.errors
    assert (error.family, error.code, error.message) == ("transient", "system.too_many_files", "Too many open files")


def test_a_pass_that_is_told_to_stop_is_on_record_and_holds_nothing() -> None:
    office = Office()
    with pytest.raises(KeyboardInterrupt):
        office.run(invoices=raising(KeyboardInterrupt()), payments=a_report)
    assert office.runs.outcomes() == [("invoices", "stopped")]
    assert office.leases.held == {}


@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        (a_report(), "done"),
        (a_report(waiting=True), "waiting"),
        (a_report(errors=(DOWN,), waiting=True), "failed"),
    ],
)
def test_how_a_pass_ended_is_one_word(report: PassReport, outcome: str) -> None:
    office = Office()
    office.run(invoices=lambda: report)
    assert office.runs.outcomes() == [("invoices", outcome)]


# The lease of a long pass.


def test_a_long_pass_extends_its_lease_now_and_then() -> None:
    office = Office()
    office.keeper.take("invoices")
    for _ in range(100):
        office.clock.sleep(10)
        office.keeper.beat()
    assert 5 <= len(office.leases.claims) <= 8, "within 1000 seconds"


def test_a_pass_whose_lease_was_taken_over_stops() -> None:
    office = Office()
    office.keeper.take("invoices")
    office.leases.held["invoices"] = "somebody else"
    office.clock.sleep(LEASE_SECONDS)
    with pytest.raises(TransientError) as raised:
        office.keeper.beat()
    assert raised.value.code == "engine.lease_lost"
    office.keeper.give_back()
    assert office.leases.held == {"invoices": "somebody else"}


def test_records_out_of_reach_are_no_reason_to_stop() -> None:
    office = Office()
    office.keeper.take("invoices")
    office.leases.error = DOWN
    office.clock.sleep(LEASE_SECONDS / 2)
    office.keeper.beat()
    office.leases.error = None
    office.keeper.beat()
    assert office.leases.claims == ["invoices"] * 3


def test_nothing_beats_between_passes() -> None:
    office = Office()
    office.clock.sleep(LEASE_SECONDS)
    office.keeper.beat()
    office.keeper.take("invoices")
    office.keeper.give_back()
    office.keeper.give_back()
    office.clock.sleep(LEASE_SECONDS)
    office.keeper.beat()
    assert office.leases.claims == ["invoices"]


# What a call of sync came to.


def a_file(state: Any = "settled", *problems: str, first_seen_at: datetime = START) -> FileRecord:
    """A file of the pass."""
    found = tuple(Problem(code, "words", "a.csv", scope="file") for code in problems)
    return FileRecord("f1", "harbor", "approved_invoices", "a.csv", 1, None, first_seen_at, state, problems=found)


def result_of(*reports: PassReport) -> SyncResult:
    """All reports as one result."""
    return render_result("harbor", "all", reports, finish="release", requests=RequestCounts(9, 1, 2))


@pytest.mark.parametrize(
    "report",
    [
        a_report(invoices=(a_record(a_posting(PostingState.REJECTED)),)),
        a_report(invoices=(a_record(a_posting(PostingState.PERSON, reason="exists")),)),
        a_report(files=(a_file("refused"),)),
        a_report(files=(a_file("taken", "row.short"),)),
        a_report(files=(a_file("waiting", "csv.cut"),)),
        a_report(files=(a_file("waiting", "file.empty", first_seen_at=datetime(2026, 10, 14, 12, tzinfo=UTC)),)),
        a_report("master-data", feeds=(FeedReport("vendors", None, 3, held=True, reason="held"),)),
        a_report("payments", payments=(replace(a_payment(), result="break", code="R01"),)),
    ],
)
def test_a_person_is_needed_for(report: PassReport) -> None:
    assert result_of(a_report(), report).needs_person


@pytest.mark.parametrize(
    "report",
    [
        a_report(invoices=(a_record(a_posting(PostingState.DONE)), a_record(a_posting(PostingState.READY)))),
        a_report(files=(a_file(), a_file("repeat"), a_file("taken"))),
        a_report(files=(a_file("waiting", "file.empty"), a_file("waiting", "file.waiting"))),
        a_report("master-data", feeds=(FeedReport("vendors", None, 3, reason="unchanged"),)),
        a_report("payments", payments=(a_payment(),)),
    ],
)
def test_nobody_is_needed_for(report: PassReport) -> None:
    assert not result_of(report).needs_person


def test_all_passes_of_a_call_are_one_document() -> None:
    result = result_of(
        a_report("master-data", feeds=(FeedReport("vendors", "v.csv", 3, 1, 1, 1, sent=True),), errors=(DOWN,)),
        a_report(invoices=(a_record(a_posting(PostingState.READY)),), waiting=True, paused="no posting now"),
    )
    assert (result.errors, result.waiting) == ((DOWN,), True)
    shown = result.shown
    assert {name: shown[name] for name in ("connection", "flow", "dry_run", "requests", "counts", "paused")} == {
        "connection": "harbor",
        "flow": "all",
        "dry_run": False,
        "requests": {"acumatica": 9, "retried": 1, "throttled": 2},
        "counts": {"invoices": {"ready": 1}, "payments": {}, "files": {}},
        "paused": "no posting now",
    }
    assert shown["feeds"] == [
        {
            "feed": "vendors",
            "file": "v.csv",
            "rows": 3,
            "added": 1,
            "changed": 1,
            "removed": 1,
            "sent": True,
            "held": False,
            "reason": None,
            "fix_it": [],
            "overdue": False,
            "changes": [],
            "changes_left_out": 0,
            "inactivated": [],
        }
    ]
    assert [error["code"] for error in shown["errors"]] == ["acumatica.unreachable"]  # type: ignore[attr-defined]


def test_a_call_without_passes_shows_an_empty_document() -> None:
    shown = result_of().shown
    assert (shown["started_at"], shown["feeds"], "errors" in shown, "paused" in shown) == (None, [], False, False)
