"""S31: files of jobs, phases, cost codes and their combinations at the size of a firm, and what a day's closings do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from ml_connector_twins.stampli.incoming import list_received
from tests.firm import Firm, Outcome, running_firm

FEEDS = {"feeds.combinations": {"layout": "standard-csv"}}
LICENCE_PER_MINUTE = 100
Rows = Sequence[Mapping[str, str]]


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Firm]:
    """The firm at its size, J2310 not closed yet."""
    with running_firm(tmp_path, sections=FEEDS) as firm:
        firm.twins.erp.control.call("POST", "reset", {"firm": "full"})
        set_job(firm, "Active")
        yield firm


def set_job(firm: Firm, status: str) -> None:
    """J2310 and its twelve phases get that status."""
    firm.people("put_record", entity="Project", fields={"ProjectID": "J2310", "Status": status})
    tasks = firm.twins.erp.control.call("GET", "records/ProjectTask")
    for task in (row["ProjectTaskID"] for row in tasks if row["ProjectID"] == "J2310"):
        fields = {"ProjectID": "J2310", "ProjectTaskID": task, "Status": status}
        firm.people("put_record", entity="ProjectTask", fields=fields)


def last_rows(firm: Firm, feed: str) -> Rows:
    """The rows of the feed's last file, which has no fault."""
    file = [each for each in list_received(firm.twins.stampli.folders.inbound) if each.feed == feed][-1]
    assert file.faults == ()
    return file.rows


def feed_of(outcome: Outcome, name: str) -> Mapping[str, object]:
    """What became of a feed."""
    found: Mapping[str, object] = next(each for each in outcome.document["feeds"] if each["feed"] == name)
    return found


def test_s31_job_task_and_cost_code_files(full: Firm) -> None:
    first = full.sync("master-data")
    set_job(full, "Completed")
    second = full.sync("master-data")

    assert (first.exit_code, second.exit_code) == (0, 0)
    rows, combinations = last_rows(full, "dimensions"), last_rows(full, "combinations")
    active = Counter(row["Dimension"] for row in rows if row["Active"] == "true")
    assert (active["PROJECT"], active["TASK"], active["COSTCODE"]) == (62, 1_054, 418)
    assert sum(row["Active"] == "true" for row in combinations) == 6_212
    closed = [row for row in rows if row["Dimension"] == "TASK" and row["Active"] == "false"]
    assert {row["Value"].partition("|")[0] for row in closed} == {"J2310"}
    assert [(row["InactiveReason"] != "", row["InactiveOn"] != "") for row in closed] == [(True, True)] * 12
    keys = Counter((row["Dimension"], row["Value"]) for row in rows)
    assert max(keys.values()) == 1
    assert ("TASK", "J2401|01") in keys and ("COSTCODE", "03-300") in keys
    assert feed_of(second, "dimensions")["changed"] == 13
    requests = second.document["requests"]
    assert 0 < requests["acumatica"] < LICENCE_PER_MINUTE * 0.4


def test_s31_a_reading_with_fewer_than_four_fifths_of_the_phases_is_held(full: Firm) -> None:
    full.sync("master-data")
    before = last_rows(full, "dimensions")
    tasks = full.twins.erp.control.call("GET", "records/ProjectTask")
    for task in tasks[: len(tasks) * 22 // 100]:
        full.people("remove_record", entity="ProjectTask", keys=[task["ProjectID"], task["ProjectTaskID"]])

    outcome = full.sync("master-data")

    told = feed_of(outcome, "dimensions")
    assert (outcome.exit_code, told["held"], told["sent"]) == (1, True, False)
    assert last_rows(full, "dimensions") == before
