"""Where a soak happens: the Acumatica twin as a process, a real sshd, a real PostgreSQL, two workers on one store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ml_connector_twins.acumatica.control.client import ControlClient
from ml_connector_twins.acumatica.server import RunningTwin
from tests.crash.soak.plan import MACHINES
from tests.firm import CONNECTION, Keys, child_environment
from tests.office import Office, office_site_options, running_office
from tests.postgres import PostgresServer, running_postgres
from tests.processes import running_process

QUARANTINE_SECONDS = 5
DEAD_AFTER_SECONDS = 5
_EVERY_MINUTE, _ONCE_A_YEAR = "* * * * *", "0 0 1 1 *"


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that runs; ``notes`` is where the workers' words go."""

    office: Office
    server: PostgresServer
    notes: Path
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_worker(self, machine: str) -> None:
        """A worker on that machine."""
        words = ["worker", "--config", str(self.office.settings)]
        with (self.notes / f"{machine}.log").open("ab") as log:
            self.workers[machine] = subprocess.Popen(
                [sys.executable, "-m", "ml_connector", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**child_environment(), "ML_CONNECTOR_MACHINE": machine},
            )

    def kill_worker(self, machine: str) -> None:
        """SIGKILL, and wait until it is gone; nothing where it runs no longer."""
        if machine in self.workers:
            worker = self.workers.pop(machine)
            worker.kill()
            worker.wait()

    def ended_workers(self) -> list[str]:
        """The machines whose worker ended though nobody killed it."""
        return [machine for machine, worker in self.workers.items() if worker.poll() is not None]


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """All of it set up, master data read, both workers started; nothing of it outlives the block."""
    with ExitStack() as stack:
        server = stack.enter_context(running_postgres())
        erp = stack.enter_context(_running_twin())
        sections: dict[str, Keys] = {
            "store": {"url": server.create_database()},
            "engine": {"dead_after_seconds": DEAD_AFTER_SECONDS},
            "acumatica": {"requests_per_minute": 30_000, "concurrent_requests": 4},
            "schedule": {"master_data": _ONCE_A_YEAR, "invoices": _EVERY_MINUTE, "payments": _ONCE_A_YEAR},
        }
        policy = {"quarantine_seconds": QUARANTINE_SECONDS, "crash_quarantine_seconds": QUARANTINE_SECONDS}
        office = stack.enter_context(running_office(folder, sections=sections, policy=policy, erp=erp))
        for words in (("connection", "check", CONNECTION), ("sync", CONNECTION, "master-data")):
            done = office.command(*words)
            assert done.exit_code == 0, done.output + done.notes
        site = Site(office, server, folder)
        for machine in MACHINES:
            stack.callback(site.kill_worker, machine)
            site.start_worker(machine)
        yield site


@contextmanager
def _running_twin() -> Iterator[RunningTwin]:
    options = office_site_options()
    given = ("--firm", options.firm, f"--password={options.password}", f"--client-secret={options.client_secret}")
    words = [sys.executable, "-m", "ml_connector_twins", "acumatica", *given, "--exit-with-stdin"]
    with running_process(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ)) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield RunningTwin(told["url"], ControlClient(told["control"]), options)
