"""The worker: every flow at its time, whatever stops a pass is logged and the schedules go on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ml_connector.bootstrap import run_inline
from ml_connector.clock import SimulatedClock
from tests.bootstrap.settings import CLIENT_SECRET, PASSWORD, write_settings

START = datetime(2026, 10, 14, 13, 7, tzinfo=UTC)


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The log, a JSON line each; nothing stands on standard output."""
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_a_worker_keeps_its_schedule_and_goes_on_where_a_system_is_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, clock = write_settings(tmp_path), SimulatedClock(START)
    run_inline(path, passes_max=2, clock=clock)
    lines = lines_of(capsys)
    assert [line["event"] for line in lines[:3]] == [
        "harbor master-data: next at 2027-01-01 05:00 UTC",
        "harbor invoices: next at 2026-10-14 13:15 UTC",
        "harbor payments: next at 2027-01-01 05:00 UTC",
    ]
    failed = [line for line in lines if line["level"] == "warning"]
    assert len(failed) == 2 and {line["flow"] for line in failed} == {"invoices"}
    assert {line["connection"] for line in failed} == {"harbor"}
    assert all(line["code"].startswith("acumatica.") for line in failed)
    passed = (clock.now() - START).total_seconds()
    assert 23 * 60 <= passed < 25 * 60, "at 13:15 and at 13:30"


def test_no_secret_stands_in_the_log_of_a_worker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_inline(write_settings(tmp_path), passes_max=1, clock=SimulatedClock(START))
    text = capsys.readouterr().err
    assert text and PASSWORD not in text and CLIENT_SECRET not in text


def test_a_connection_whose_settings_are_wrong_is_told_and_the_schedule_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_settings(tmp_path, policy={"blackout": ["06:00-06:00"]})
    run_inline(path, passes_max=2, clock=SimulatedClock(START))
    told = [(line["level"], line["code"]) for line in lines_of(capsys) if "code" in line]
    assert told == [("warning", "settings.bad_window")] * 2
