"""How late polls are: many connections whose schedules are spread over five real minutes, one worker, PostgreSQL.

Starts a PostgreSQL server, an OpenSSH server with a folder a connection, Acumatica's twin and one worker, and
leaves nothing behind. How late a poll was is read from the records of runs: its start against the minute it was due at.
Prints one line with its target; a missed target is printed, not an error, since other work on the machine counts too.
``--connections``, ``--minutes`` and ``--workers`` make it another size.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ml_connector.bootstrap.store_house import StoreHouse, open_store
from ml_connector.bootstrap.working import schedules_of
from ml_connector.engine.schedule import next_due
from ml_connector.store.connections import RunRecord, RunRepository
from ml_connector_twins.acumatica.instance import SiteOptions
from ml_connector_twins.acumatica.server import RunningTwin, running_acumatica
from tests.firm import child_environment
from tests.office import ACUMATICA_PASSWORD, CLIENT_SECRET
from tests.openssh import RunningSshd, running_sshd
from tests.postgres import running_postgres
from tests.processes import running_process

CONNECTIONS, MINUTES, WORKERS = 500, 5, 4
LAG_SECONDS_MAX = 30.0
# The time in which a poll due in the last minute may still begin and be told late.
_AFTER_SECONDS = 60.0
_FLOW = "invoices"
_NEVER = "0 0 1 1 *"
_START_SECONDS = 180.0
_SSHD_OPTIONS = ("MaxStartups 500",)


@dataclass(frozen=True, slots=True)
class Polls:
    """Of all polls that were due: how late those were that began, in seconds, ascending; how many never began; how many
    did not end well."""

    lags: tuple[float, ...]
    starved: int
    failed: int


def main() -> int:
    """Set up, watch one worker, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--minutes", type=int, default=MINUTES)
    parser.add_argument("--workers", type=int, default=WORKERS)
    wanted = parser.parse_args()
    polls = measure(wanted.connections, wanted.minutes, wanted.workers)
    late = percentile(polls.lags, 0.99)
    verdict = "ok" if polls.lags and late < LAG_SECONDS_MAX and not polls.starved and not polls.failed else "OVER"
    what = f"{wanted.connections} connections due over {wanted.minutes} minutes"
    told = f"{len(polls.lags) + polls.starved} polls due, {polls.starved} starved, {polls.failed} failed"
    half, most = percentile(polls.lags, 0.5), percentile(polls.lags, 1.0)
    print(
        f"{what:<48} {late:6.2f} s   99th percentile of the lag, below {LAG_SECONDS_MAX:g} s   {verdict}   "
        f"half within {half:.2f} s, the latest {most:.2f} s; {told}",
        flush=True,
    )
    return 0


def measure(connections: int, minutes: int, workers: int) -> Polls:
    """What one worker did with the polls that were due in so many whole minutes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(running_postgres())
        # In life each has a licence of its own; here one stands for all.
        options = SiteOptions(password=ACUMATICA_PASSWORD, client_secret=CLIENT_SECRET)
        erp = stack.enter_context(running_acumatica("small", {"api_users_max": connections}, options))
        sshd = stack.enter_context(running_sshd(folder, options=_SSHD_OPTIONS))
        settings = folder / "ml-connector.toml"
        names = [f"firm-{number:03}" for number in range(connections)]
        text = [f'[store]\nurl = "{postgres.create_database()}"\n[engine]\nworkers = {workers}\n']
        text += [render_connection(name, number, erp, sshd) for number, name in enumerate(names)]
        settings.write_text("".join(text), encoding="utf-8")
        with open_store(settings) as store:
            for name in names:
                make_folders(sshd, name)
                store_secrets(store, name, sshd)
        log = stack.enter_context((folder / "log").open("w+", encoding="utf-8"))
        command = [sys.executable, "-m", "ml_connector", "worker", "--config", str(settings)]
        with running_process(command, stdin=subprocess.DEVNULL, stderr=log, env=child_environment()) as worker:
            wait_for_schedules(worker, Path(log.name), 3 * connections)
            since = next_minute(datetime.now(UTC))
            until = since + timedelta(minutes=minutes)
            sleep_until(until + timedelta(seconds=_AFTER_SECONDS))
            worker.terminate()
            worker.wait()
        with open_store(settings) as store:
            return judge_polls(store, since, until)


def judge_polls(store: StoreHouse, since: datetime, until: datetime) -> Polls:
    """Each poll that was due from ``since`` on and before ``until`` against the run that answered it."""
    lags: list[float] = []
    starved = failed = 0
    for schedule in schedules_of(store.settings):
        if schedule.flow != _FLOW:
            continue
        due = since - timedelta(seconds=1)
        runs = runs_of(store, schedule.connection)
        while (due := next_due(schedule, due)) < until:
            run = next((each for each in runs if each.started_at >= due), None)
            if run is None:
                starved += 1
                continue
            # One run answers one poll: polls that were skipped for a late one are starved.
            runs = [each for each in runs if each.started_at > run.started_at]
            lags.append((run.started_at - due).total_seconds())
            failed += run.outcome != "done"
    return Polls(tuple(sorted(lags)), starved, failed)


def runs_of(store: StoreHouse, connection: str) -> list[RunRecord]:
    """Its polls, the earliest first."""
    runs = RunRepository(store.database, connection, store.clock).load_runs(_FLOW, limit=1000)
    return sorted(runs, key=lambda run: run.started_at)


def percentile(ascending: Sequence[float], part: float) -> float:
    """The smallest value that so large a part of all does not exceed; 0 where there is none."""
    place = max(0, -int(-len(ascending) * part // 1) - 1)
    return ascending[place] if ascending else 0.0


def store_secrets(store: StoreHouse, name: str, sshd: RunningSshd) -> None:
    """What the connection signs in with on both sides."""
    secrets: Mapping[str, str] = {
        "acumatica.password": ACUMATICA_PASSWORD,
        "acumatica.client_secret": CLIENT_SECRET,
        "stampli.private_key": sshd.private_key,
    }
    for key, value in secrets.items():
        store.set_secret(name, key, value, set_by="benchmark")


def make_folders(sshd: RunningSshd, name: str) -> None:
    """The two folders of a connection on the server."""
    for side in (sshd.inbound, sshd.outbound):
        (Path(side) / name).mkdir()


def render_connection(name: str, number: int, erp: RunningTwin, sshd: RunningSshd) -> str:
    """Its settings: invoices every five minutes, one connection in five at each minute, nothing else."""
    sections: Mapping[str, Mapping[str, object]] = {
        "acumatica": {
            "url": erp.url,
            "tenant": erp.options.tenants[0],
            "version": "24.200.001",
            "branch": "MAIN",
            "auth": "password",
            "client_id": erp.client_id,
            "username": erp.options.username,
            "requests_per_minute": 6000,
        },
        "stampli": {
            "host": sshd.host,
            "port": sshd.port,
            "username": sshd.username,
            "host_keys": [sshd.host_key],
            "inbound": f"{sshd.inbound}/{name}",
            "outbound": f"{sshd.outbound}/{name}",
            "settle_seconds": 0,
        },
        "feeds.approved_invoices": {"layout": "standard-csv"},
        "schedule": {"master_data": _NEVER, "invoices": f"{number % 5}-59/5 * * * *", "payments": _NEVER},
    }
    return "".join(render_section(f"connections.{name}.{part}", keys.items()) for part, keys in sections.items())


def render_section(name: str, keys: Iterable[tuple[str, object]]) -> str:
    """Texts, numbers and lists of texts look the same in TOML as in JSON."""
    return "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in keys), "", ""])


def wait_for_schedules(worker: subprocess.Popen[str], log: Path, count: int) -> None:
    """Until the worker has told all schedules."""
    deadline = time.monotonic() + _START_SECONDS
    while log.read_text("utf-8", "replace").count("next at") < count:
        if worker.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"engine: the worker did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
        time.sleep(0.5)


def next_minute(now: datetime) -> datetime:
    """The next whole minute."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def sleep_until(moment: datetime) -> None:
    """By the clock on the wall, as the schedules go."""
    while (left := (moment - datetime.now(UTC)).total_seconds()) > 0:
        time.sleep(min(left, 1.0))


if __name__ == "__main__":
    sys.exit(main())
