"""How much the Acumatica edge costs beyond what must be: time, requests and memory of reading very many vendors, and
how much of the agreed pace a backlog really uses.

Prints a line a measurement with its target; a missed target is printed, not an error, since other work on the machine
counts too.
"""

from __future__ import annotations

import json
import math
import resource
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
import msgspec

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.acumatica.ports import Budget
from ml_connector.acumatica.wire.limiter import SharedBudget
from ml_connector.clock import Clock, SimulatedClock, SystemClock
from ml_connector.engine.holder import holder_alive, process_holder
from ml_connector.settings import AcumaticaSettings
from ml_connector.store.running.pace import PaceFile

VENDORS = 50_000
FEWER_VENDORS = 5_000
ROUNDS = 3
ROWS_PER_PAGE = 1_000
TIME_RATIO_MAX = 1.3
MEMORY_RATIO_MAX = 1.25
REQUESTS_BEYOND_MAX = 6
CHANGED_ONLY_MAX = 4
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
    """All vendors by the product and the same pages by a bare loop, in turns; the best of each."""
    with vendor_site(VENDORS) as url, httpx2.Client(timeout=600, trust_env=False) as client:
        ours, bare = math.inf, math.inf
        targets: list[str] = []
        changed_only = 0
        for _ in range(ROUNDS):
            erp = open_edge(url, SystemClock(), Drawer(), per_minute=100_000)
            began = time.perf_counter()
            vendors = erp.fetch_vendors()
            ours = min(ours, time.perf_counter() - began)
            held = {vendor.vendor_id: vendor for vendor in vendors}
            assert len(held) == VENDORS
            before = erp.request_counts().sent
            again = {vendor.vendor_id: vendor for vendor in erp.fetch_vendors(held)}
            changed_only = erp.request_counts().sent - before
            erp.close()
            assert again == held
            del vendors, held, again
            targets = targets or json.loads(client.get(f"{url}/targets").content)[:-changed_only]
            pages = [target for target in targets if "/Vendor?" in target]
            began = time.perf_counter()
            rows = sum(len(json.loads(client.get(f"{url}{page}").content)) for page in pages)
            bare = min(bare, time.perf_counter() - began)
            assert rows >= VENDORS
    beyond = len(targets) - math.ceil(VENDORS / ROWS_PER_PAGE)
    return [
        line(
            f"reading {VENDORS} vendors, times a bare loop", ours / bare, TIME_RATIO_MAX, f"{ours:.1f} s, {bare:.1f} s"
        ),
        line("requests beyond the minimum of that", beyond, REQUESTS_BEYOND_MAX, f"{len(targets)} requests"),
        line("requests of the next reading, an hour later", changed_only, CHANGED_ONLY_MAX, "what changed in a day"),
    ]


def measure_memory() -> str:
    """The peak of a process that streams vendors to a file, with ten times as many. First of all: a child's peak is
    never less than what its parent holds."""
    few, many = (stream_in_child(count) for count in (FEWER_VENDORS, VENDORS))
    note = f"{few / 1024:.0f} MB, {many / 1024:.0f} MB"
    return line(f"peak memory, {VENDORS} vendors to a file, times {FEWER_VENDORS}", many / few, MEMORY_RATIO_MAX, note)


def stream_in_child(count: int) -> int:
    """The peak memory in KiB of a process that does it."""
    with vendor_site(count) as url, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vendors.jsonl"
        command = [sys.executable, __file__, url, str(path)]
        told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        with path.open("rb") as file:
            assert sum(1 for _ in file) == count
    return int(told)


def stream_vendors(url: str, path: Path) -> int:
    """Write a line a vendor; the peak memory of this process in KiB."""
    erp = open_edge(url, SystemClock(), Drawer(), per_minute=100_000)
    with path.open("wb") as file:
        for vendor in erp.stream_vendors():
            file.write(msgspec.json.encode(vendor) + b"\n")
    erp.close()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


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
    return f"{what:<57} {share:6.2f}     at least {SHARE_MIN}   {verdict}   {over} above it"


def line(what: str, value: float, value_max: float, note: str) -> str:
    """One measurement with its target."""
    verdict = "ok" if value <= value_max else "OVER"
    return f"{what:<57} {value:6.2f}     at most {value_max}   {verdict}   {note}"


def main() -> int:
    """Measure and print; with an address and a path, stream the vendors of one to the other."""
    if len(sys.argv) > 1:
        print(stream_vendors(sys.argv[1], Path(sys.argv[2])))
        return 0
    print(measure_memory(), flush=True)
    for each in measure_reading():
        print(each, flush=True)
    print(measure_pace(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
