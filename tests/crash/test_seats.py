"""Licence seats over many runs killed at any moment: a grant keeps its one, a cookie session leaves one behind.

``SEAT_RUNS=200`` runs it at length; 20 otherwise.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.firm import CONNECTION, Firm, child_environment, running_firm
from tests.papers import approved

RUNS = int(os.environ.get("SEAT_RUNS", "20"))
_SEATS_MAX = 2
_IDLE_SECONDS = 601


def _killed_after(firm: Firm, seconds: float) -> None:
    """A run as a process of its own, killed where it stands."""
    words = [sys.executable, "-m", "ml_connector", "sync", CONNECTION, "invoices", "--json", "--config"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*words, str(firm.settings)], stdout=quiet, stderr=quiet, env=child_environment()) as process:
        time.sleep(seconds)
        process.kill()


def _seats(firm: Firm) -> int:
    count: int = firm.twins.erp.control.call("GET", "sessions")["open"]
    return count


@pytest.mark.parametrize("auth", ["password", "session"])
def test_with_two_seats_the_connector_lives_through_kills(tmp_path: Path, auth: str) -> None:
    chance = random.Random(20261014)
    sections = {"acumatica": {"auth": auth}}
    with running_firm(tmp_path, switches={"api_users_max": _SEATS_MAX}, sections=sections) as firm:
        assert firm.sync().exit_code == 0
        after_kill, after_run, codes = [], [], []
        for number in range(RUNS // 2):
            firm.drop_invoices(approved(f"INV-{number}"), name=f"approved_invoices_{number}.csv")
            _killed_after(firm, chance.uniform(0.5, 2.0))
            after_kill.append(_seats(firm))
            # What the killed run left is taken over at once, and its short quarantine waited out, by the run itself.
            codes.append(firm.sync().exit_code)
            after_run.append(_seats(firm))
            if auth == "session":
                firm.twins.erp.control.advance(_IDLE_SECONDS)
        bills = sorted(bill["VendorRef"] for bill in firm.truth().bills)
        assert bills == sorted(f"INV-{number}" for number in range(RUNS // 2))
    assert codes == [0] * (RUNS // 2)
    # a grant keeps its one seat; a killed cookie session is the only one that lingers, until it idles out
    assert max(*after_kill, *after_run) <= 1
