"""The store opened: how a connection stands, and that no secret it opened reaches a log."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ml_connector.bootstrap import open_connection, open_store
from ml_connector.clock import SimulatedClock
from ml_connector.engine.holder import process_holder
from ml_connector.errors import ConfigurationError
from ml_connector.store.connections import RunRepository
from ml_connector.store.running.leases import LeaseRepository
from tests.bootstrap.settings import CLIENT_SECRET, PASSWORD, write_settings

START = datetime(2026, 10, 14, 13, tzinfo=UTC)


def a_dead_holder() -> str:
    """The name of a process of this machine that is gone."""
    return "/".join((*process_holder().split("/")[:2], "1", "0", "ffffffff"))


def state(path: Path) -> tuple[object, object]:
    """State and last run as ``connection list`` shows them."""
    with open_store(path, clock=SimulatedClock(START)) as store:
        (row,) = store.list_connections()
    assert (row["name"], row["label"], row["source"]) == ("harbor", "Harbor Ridge Builders", "file")
    return row["state"], row["last_run"]


def test_a_connection_that_never_ran_says_so(tmp_path: Path) -> None:
    assert state(write_settings(tmp_path)) == ("never_run", None)


@pytest.mark.parametrize("outcome", ["done", "waiting", "failed", "stopped"])
def test_a_connection_stands_as_its_last_run_ended(tmp_path: Path, outcome: str) -> None:
    path = write_settings(tmp_path)
    with open_store(path) as store:
        runs = RunRepository(store.database, "harbor", SimulatedClock(START))
        runs.record_end(runs.record_start("invoices"), outcome, {})
    assert state(path) == (outcome, "2026-10-14T13:00:00Z")


@pytest.mark.parametrize(
    ("holder", "shown"), [("living", "running"), ("dead", "interrupted"), ("nobody", "interrupted")]
)
def test_a_run_without_an_end_is_running_only_while_a_living_process_holds_it(
    tmp_path: Path, holder: str, shown: str
) -> None:
    path = write_settings(tmp_path)
    clock = SimulatedClock(START)
    with open_store(path) as store:
        RunRepository(store.database, "harbor", clock).record_start("invoices")
        if holder != "nobody":
            leases = LeaseRepository(store.database, "harbor", clock, holder_alive=lambda name: None)
            assert leases.claim("invoices", process_holder() if holder == "living" else a_dead_holder(), 1200)
    assert state(path)[0] == shown


def test_no_secret_that_was_opened_stands_in_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_settings(tmp_path)
    with open_connection(path, "harbor"):
        # The session with the folders has opened it.
        logging.getLogger("ml_connector.test").warning("the password is %s", PASSWORD)
        logging.getLogger("ml_connector.test").info("of no interest to a command")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "the password is ***"


def test_a_secret_is_masked_from_the_moment_it_is_opened(tmp_path: Path) -> None:
    with open_store(write_settings(tmp_path)) as store:
        assert store.masker.mask_text(CLIENT_SECRET) == CLIENT_SECRET
        secrets = store.secrets_of("harbor")
        assert secrets.load_secret("acumatica.client_secret") == CLIENT_SECRET
        secrets.save_secret("acumatica.refresh_token", "canary-token-4713")
        assert store.masker.mask_text(f"{CLIENT_SECRET} canary-token-4713") == "*** ***"
        assert secrets.load_secret("stampli.passphrase") is None


def test_a_bad_blackout_window_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    path = write_settings(tmp_path, policy={"blackout": ["06:00-06:00"]})
    with pytest.raises(ConfigurationError) as raised, open_connection(path, "harbor"):
        pass
    assert (raised.value.code, raised.value.at) == ("settings.bad_window", "settings")


def test_windows_and_identity_reach_the_flows(tmp_path: Path) -> None:
    path = write_settings(tmp_path, policy={"blackout": ["Mon-Fri 06:00-06:30"], "finish": "balance"})
    with open_connection(path, "harbor") as house:
        terms = house.context.terms
        assert [window.text for window in terms.blackout] == ["Mon-Fri 06:00-06:30"]
        assert (terms.instance, terms.tenant, terms.finish) == ("http://127.0.0.1:9/erp", "HRB", "balance")
    with open_store(path) as store:
        text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("127.0.0.1:9/erp", "127.0.0.1:9/moved"), encoding="utf-8")
    with open_connection(path, "harbor") as house:
        assert house.context.terms.instance == "http://127.0.0.1:9/moved", "nothing was checked yet"
    assert store.settings.path == path
