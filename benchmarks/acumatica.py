"""How much the Acumatica edge costs beyond what must be: time and requests of reading very many vendors, and how much
of the agreed pace a backlog really uses.

Prints a line a measurement with its target; a missed target is printed, not an error, since other work on the machine
counts too.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.acumatica.ports import Budget
from ml_connector.acumatica.wire.limiter import SharedBudget
from ml_connector.clock import Clock, SimulatedClock, SystemClock
from ml_connector.engine.holder import holder_alive, process_holder
from ml_connector.settings import AcumaticaSettings
from ml_connector.store.pace import PaceFile

VENDORS = 50_000
ROWS_PER_PAGE = 1_000
TIME_RATIO_MAX = 1.3
REQUESTS_BEYOND_MAX = 6
SHARE_MIN = 0.95
PER_MINUTE = 50
MINUTES = 30


@dataclass
class Drawer:
    """Secrets, canary and request log, kept in memory."""

    secrets: dict[str, str] = field(default_factory=lambda: {"acumatica.password": "p", "acumatica.client_secret": "s"})
    canary: tuple[str, str] = ("V000001", "00000000-0000-0000-0000-000000000001")
    sent_at: list[datetime] = field(default_factory=list)

    def load_secret(self, key: str) -> str | None:
        """The secret."""
        return self.secrets.get(key)

    def save_secret(self, key: str, value: str) -> None:
        """Keep it."""
        self.secrets[key] = value

    def load_canary(self) -> tuple[str, str]:
        """The first vendor."""
        return self.canary

    def save_canary(self, vendor_id: str, record_id: str) -> None:
        """Keep it."""
        self.canary = (vendor_id, record_id)

    def record_request(
        self, invoice_id: str | None, at: datetime, method: str, path: str, *, status: int | None
    ) -> None:
        """Note when it was."""
        self.sent_at.append(at)


@contextmanager
def vendor_site(count: int) -> Iterator[str]:
    """The address of a site with so many vendors, a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("vendor_site.py")), str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as site:
        assert site.stdout is not None and site.stdin is not None
        yield f"http://127.0.0.1:{int(site.stdout.readline())}"
        site.stdin.close()


def open_edge(url: str, clock: Clock, drawer: Drawer, *, per_minute: int, budget: Budget | None = None) -> AcumaticaErp:
    """The product's edge on that site."""
    settings = AcumaticaSettings(
        url=url,
        tenant="HRB",
        endpoint="Default",
        version="24.200.001",
        branch=None,
        auth="password",
        client_id="8D6E1C3A-0000-0000-0000-000000000000",
        username="connector",
        requests_per_minute=per_minute,
        concurrent_requests=2,
        ca_file=None,
        allow_private=False,
        subaccount_segments=(),
        extended_endpoint="",
    )
    return open_acumatica(settings, secrets=drawer, canary=drawer, log=drawer, clock=clock, budget=budget)


def measure_reading() -> list[str]:
    """All vendors by the product, then the same pages by a bare loop."""
    with vendor_site(VENDORS) as url:
        erp = open_edge(url, SystemClock(), Drawer(), per_minute=100_000)
        began = time.perf_counter()
        vendors = erp.fetch_vendors()
        ours = time.perf_counter() - began
        erp.close()
        assert len(vendors) == VENDORS
        with httpx2.Client(timeout=600, trust_env=False) as client:
            targets = json.loads(client.get(f"{url}/targets").content)
            pages = [target for target in targets if "/Vendor?" in target]
            began = time.perf_counter()
            rows = sum(len(json.loads(client.get(f"{url}{page}").content)) for page in pages)
            bare = time.perf_counter() - began
        assert rows >= VENDORS
    beyond = len(targets) - math.ceil(VENDORS / ROWS_PER_PAGE)
    return [
        line(
            f"reading {VENDORS} vendors, times a bare loop", ours / bare, TIME_RATIO_MAX, f"{ours:.1f} s, {bare:.1f} s"
        ),
        line("requests beyond the minimum of that", beyond, REQUESTS_BEYOND_MAX, f"{len(targets)} requests"),
    ]


def measure_pace() -> str:
    """A backlog that always has a next request, on a clock that stands still while nobody waits."""
    clock, drawer = SimulatedClock(datetime(2026, 10, 14, tzinfo=UTC)), Drawer()
    with vendor_site(1) as url, tempfile.TemporaryDirectory() as folder:
        book = PaceFile(Path(folder) / "pace", "tenant", process_holder(), clock, holder_alive=holder_alive)
        budget = SharedBudget(book, PER_MINUTE, 2, clock)
        erp = open_edge(url, clock, drawer, per_minute=PER_MINUTE, budget=budget)
        while clock.monotonic() < MINUTES * 60:
            erp.fetch_vendor("V000001")
            # The site needs a while for each.
            clock.sleep(0.4)
        erp.close()
        book.close()
    marks = [at.timestamp() for at in drawer.sent_at]
    over = sum(1 for first, last in zip(marks, marks[PER_MINUTE:], strict=False) if last - first < 60)
    share = len([mark for mark in marks if mark - marks[0] < MINUTES * 60]) / (PER_MINUTE * MINUTES)
    verdict = "ok" if share >= SHARE_MIN and over == 0 else "MISSED"
    what = "share of requests_per_minute in a backlog"
    return f"{what:<44} {share:6.2f}     at least {SHARE_MIN}   {verdict}   {over} above it"


def line(what: str, value: float, value_max: float, note: str) -> str:
    """One measurement with its target."""
    verdict = "ok" if value <= value_max else "OVER"
    return f"{what:<44} {value:6.2f}     at most {value_max}   {verdict}   {note}"


def main() -> int:
    """Measure and print."""
    for each in measure_reading():
        print(each, flush=True)
    print(measure_pace(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
