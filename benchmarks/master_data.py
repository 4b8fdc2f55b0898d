"""What keeping a very large firm's coding lists in Stampli costs, as ratios in one run against the twins: 50,000
vendors, 6,000 combinations, 5,000 open order lines.

Both twins are processes of their own, the product is one of its own for each pass. The first pass is held against a
bare loop over the same pages and a bare upload of the same bytes; then nothing changes, then a hundred vendors do.
Prints a line a measurement with its target; a missed target is printed, not an error, since other work on the machine
counts too.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import httpx2

from ml_connector.cli.main import run
from ml_connector_twins.acumatica.control.client import ControlClient

FEEDS = ("vendors", "accounts", "subaccounts", "dimensions", "combinations", "purchase_orders")
ROUNDS = 2
CHANGED_VENDORS = 100
TIME_RATIO_MAX = 1.3
UNCHANGED_REQUESTS_MAX = 18
CHANGED_REQUESTS_MAX = 20
MEMORY_MB_MAX = 200
PASSWORD = "sftp-password-for-measuring"
_PASSWORD_VARIABLE = "ML_CONNECTOR_BENCH_PASSWORD"


@dataclass(frozen=True, slots=True)
class Site:
    """Both twins: what each printed when it began to listen."""

    erp: Mapping[str, str]
    stampli: Mapping[str, Any]
    inbound: Path

    @property
    def control(self) -> ControlClient:
        """The books of the first."""
        return ControlClient(self.erp["control"])

    def requests(self) -> list[dict[str, Any]]:
        """Every request the first was sent."""
        return self.control.requests()

    def landed(self) -> dict[str, bytes]:
        """The files in the folder of the second."""
        return {path.name: path.read_bytes() for path in self.inbound.iterdir() if path.is_file()}


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of the product: seconds from the start of its process to its end, peak of its memory, what it printed,
    the requests it sent and the files it brought."""

    seconds: float
    peak_mb: float
    shown: Mapping[str, Any]
    requests: list[dict[str, Any]]
    files: Mapping[str, bytes]


def main() -> int:
    """Measure and print; with words, one command of the product in this process, its peak of memory told at the end."""
    if len(sys.argv) > 1:
        return run_measured(sys.argv[1:])
    with tempfile.TemporaryDirectory() as directory, running_site(Path(directory)) as site:
        ratio, first, config = measure_first(Path(directory), site)
        report("first pass, times the bare reading and upload", ratio[0], TIME_RATIO_MAX, ratio[1])
        unchanged = one_pass(config, site)
        sent = sum(map(len, unchanged.files.values()))
        report("requests with nothing changed", len(unchanged.requests), UNCHANGED_REQUESTS_MAX, f"{sent} bytes sent")
        report("bytes sent with nothing changed", sent, 0, f"{unchanged.seconds:.1f} s")
        change_vendors(site)
        changed = one_pass(config, site)
        told = next(feed for feed in changed.shown["feeds"] if feed["feed"] == "vendors")
        note = f"{told['changed']} vendors changed, {changed.seconds:.1f} s"
        report(f"requests with {CHANGED_VENDORS} vendors changed", len(changed.requests), CHANGED_REQUESTS_MAX, note)
        peaks = [each.peak_mb for each in (first, unchanged, changed)]
        note = ", ".join(f"{each:.0f} MB" for each in peaks)
        report("peak memory in MB", max(peaks), MEMORY_MB_MAX, note)
    return 0


def measure_first(directory: Path, site: Site) -> tuple[tuple[float, str], Pass, Path]:
    """The first pass of a fresh installation and the bare work, in turns: the ratio of the best of each, the last pass
    and its settings."""
    ours: list[float] = []
    bare: list[float] = []
    for number in range(ROUNDS):
        config = set_up(directory / f"round{number}", site)
        first = one_pass(config, site)
        require_whole(first)
        ours.append(first.seconds)
        bare.append(read_pages(site, first.requests) + upload(site, first.files))
    rows = {feed["feed"]: feed["rows"] for feed in first.shown["feeds"]}
    note = f"{min(ours):.1f} s, {min(bare):.1f} s; {len(first.requests)} requests; {rows}"
    return (min(ours) / min(bare), note), first, config


def one_pass(config: Path, site: Site) -> Pass:
    """``sync bench master-data`` as a process of its own."""
    asked, landed = len(site.requests()), site.landed()
    words = ["sync", "bench", "master-data", "--json", "--config", str(config)]
    began = time.perf_counter()
    done = subprocess.run([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - began
    told = json.loads(done.stdout)
    files = {name: content for name, content in site.landed().items() if name not in landed}
    return Pass(seconds, told["peak_mb"], told["shown"], site.requests()[asked:], files)


def run_measured(words: list[str]) -> int:
    """One command in this process; what it showed, and the most memory the process ever held."""
    shown = io.StringIO()
    with redirect_stdout(shown):
        exit_code = run(words)
    # Of this program alone: the resource module's figure begins with that of the process which started it.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    peak_mb = int(status["VmHWM"].split()[0]) / 1024
    print(json.dumps({"exit_code": exit_code, "peak_mb": peak_mb, "shown": json.loads(shown.getvalue() or "null")}))
    return 0 if exit_code in (0, 1) else exit_code


def require_whole(found: Pass) -> None:
    """A figure of half the work would be none."""
    rows = {feed["feed"]: feed["rows"] for feed in found.shown["feeds"] if feed["sent"]}
    least = {"vendors": 50_000, "combinations": 6_000, "purchase_orders": 5_000}
    missing = {feed: rows.get(feed, 0) for feed, count in least.items() if rows.get(feed, 0) < count}
    if missing:
        raise SystemExit(f"master data: these feeds were not sent whole: {missing}; {found.shown['feeds']}")


def read_pages(site: Site, requests: list[dict[str, Any]]) -> float:
    """Seconds of reading the same pages one after the other, parsed and let go."""
    erp = site.erp
    root = erp["url"].removesuffix("/")
    root = root[: root.index("/", 8)] if "/" in root[8:] else root
    grant = {
        "grant_type": "password",
        "client_id": erp["client_id"],
        "client_secret": erp["client_secret"],
        "username": erp["username"],
        "password": erp["password"],
        "scope": "api",
    }
    began = time.perf_counter()
    with httpx2.Client(timeout=600, trust_env=False) as client:
        token = client.post(f"{root}/identity/connect/token", data=grant).json()["access_token"]
        for each in requests:
            if each["path"].startswith("/identity"):
                continue
            url = f"{root}{each['path']}" + (f"?{each['query']}" if each["query"] else "")
            content = each["body"].encode() or None
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
            answer = client.request(each["method"], url, content=content, headers=headers)
            if answer.headers.get("Content-Type", "").startswith("application/json"):
                json.loads(answer.content)
    return time.perf_counter() - began


def upload(site: Site, files: Mapping[str, bytes]) -> float:
    """Seconds of putting the same bytes into the same folder."""
    began = time.perf_counter()
    asyncio.run(_put(site, files))
    return time.perf_counter() - began


async def _put(site: Site, files: Mapping[str, bytes]) -> None:
    stampli = site.stampli
    key = asyncssh.import_public_key(stampli["host_key"])
    async with (
        asyncssh.connect(
            stampli["host"],
            stampli["port"],
            username="harbor",
            password=PASSWORD,
            known_hosts=([key], [], []),
            config=None,
            client_keys=None,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        for name, content in files.items():
            async with sftp.open(f"/inbound/bare_{name}", "wb") as target:
                await target.write(content)
            await sftp.remove(f"/inbound/bare_{name}")


def change_vendors(site: Site) -> None:
    """People change the terms of a hundred vendors."""
    for number in range(1, CHANGED_VENDORS + 1):
        fields = {"VendorID": f"W{number * 400:06d}", "Terms": "2%10N30"}
        site.control.people("put_record", entity="Vendor", fields=fields)


def set_up(folder: Path, site: Site) -> Path:
    """A fresh installation: its settings and secrets."""
    folder.mkdir()
    erp, stampli = site.erp, site.stampli
    lines = [
        "[store]",
        'url = "sqlite:///var/ml-connector.db"',
        "[connections.bench.acumatica]",
        *(f"{key} = {json.dumps(erp[key])}" for key in ("url", "tenant", "client_id", "username")),
        'version = "24.200.001"',
        'branch = "MAIN"',
        'auth = "password"',
        "requests_per_minute = 100000",
        "[connections.bench.stampli]",
        f"host = {json.dumps(stampli['host'])}",
        f"port = {stampli['port']}",
        'username = "harbor"',
        f"host_keys = [{json.dumps(stampli['host_key'])}]",
        "settle_seconds = 0",
        *(f"[connections.bench.feeds.{feed}]" for feed in FEEDS),
    ]
    config = folder / "ml-connector.toml"
    config.write_text("\n".join([*lines, ""]), encoding="utf-8")
    secrets = {
        "acumatica.password": erp["password"],
        "acumatica.client_secret": erp["client_secret"],
        "stampli.password": PASSWORD,
    }
    for key, value in secrets.items():
        command = [sys.executable, "-m", "ml_connector", "secret", "set", "bench", key, "--config", str(config)]
        subprocess.run(command, input=value, text=True, check=True, capture_output=True)
    return config


@contextmanager
def running_site(directory: Path) -> Iterator[Site]:
    """Both twins until the block ends."""
    os.environ[_PASSWORD_VARIABLE] = PASSWORD
    root = directory / "stampli"
    stampli = ["stampli", "--root", str(root), "--username", "harbor", "--password-env", _PASSWORD_VARIABLE]
    with (
        running_twin(["acumatica", "--firm", "large", "--switch", "api_users_max=100"]) as erp,
        running_twin(stampli) as folders,
    ):
        yield Site(erp, folders, root / "inbound")


@contextmanager
def running_twin(words: list[str]) -> Iterator[Mapping[str, Any]]:
    """One twin as a process; what it tells of itself."""
    command = [sys.executable, "-m", "ml_connector_twins", *words, "--exit-with-stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as twin:
        assert twin.stdout is not None and twin.stdin is not None
        yield json.loads(twin.stdout.readline())
        twin.stdin.close()


def report(what: str, value: float, value_max: float, note: str) -> None:
    """One measurement with its target."""
    verdict = "ok" if value <= value_max else "OVER"
    print(f"{what:<48} {value:7.2f}   at most {value_max:g}   {verdict}   {note}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
