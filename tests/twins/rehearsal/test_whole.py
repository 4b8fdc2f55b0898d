"""The rehearsal a stranger runs, with the real product: each planted case ends as planted, on good days and bad."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("faults", "days"), [("usual", 3), ("rough", 2)])
def test_every_case_ends_as_planted(tmp_path: Path, faults: str, days: int) -> None:
    command = [sys.executable, "-m", "ml_connector_twins", "rehearse", "--directory", str(tmp_path)]
    done = subprocess.run(
        [*command, "--days", str(days), "--faults", faults, "--json"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    shown = json.loads(done.stdout)
    assert [case for case in shown["cases"] if not case["ok"]] == []
    assert len(shown["days"]) == days
    assert [row["residual"] for day in shown["days"] for row in day["prove"]] == ["0.00"] * days
    assert [day["reconcile"]["totals"]["unexplained"] for day in shown["days"]] == ["0.00"] * days
    assert done.returncode == 0
