"""What picking files up costs: many small files of a real OpenSSH server against ``rclone copy`` of the same folder,
and one more pass over a folder in which every file is known.

Starts its own server on this machine and leaves nothing behind. The product's part is whole: listed, looked at twice,
fetched, hashed, archived on disk, read and logged; rclone only copies. Where OpenSSH's server or rclone is not
installed the line says so. Prints a line a measurement with its target; a missed target is printed, not an error,
since other work on the machine counts too. ``--files`` and ``--known`` make it short.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

from ml_connector.bootstrap.connection_house import ConnectionHouse, Opening, connect
from ml_connector.bootstrap.store_house import open_store
from ml_connector.domain.values.arrivals import TakenFile
from ml_connector.domain.values.records import FileRecord
from ml_connector.flows.invoices.take_invoices import take_invoices

FILES, KNOWN = 2_000, 20_000
FILE_BYTES = 4096
RATIO_MAX, KNOWN_SECONDS_MAX = 3.0, 2.0
RCLONE_TRANSFERS = 16
CONNECTION, FEED = "harbor", "approved_invoices"
_SSHD_PLACES = ("/usr/sbin/sshd", "/usr/local/sbin/sshd")
_START_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running OpenSSH server: its port, its public key line, the file with our private key, the folder it serves."""

    port: int
    host_key: str
    private_key: Path
    outbound: Path


def main() -> int:
    """Measure and print; returns 0 where there is nothing to measure with."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--known", type=int, default=KNOWN)
    wanted = parser.parse_args()
    sshd = shutil.which("sshd") or next((each for each in _SSHD_PLACES if os.access(each, os.X_OK)), None)
    if sshd is None:
        print("files: not measured, OpenSSH's server (sshd) is not installed (.ci/install-sshd installs it)")
        return 0
    with tempfile.TemporaryDirectory() as directory, running_server(sshd, Path(directory)) as server:
        write_files(server.outbound, range(wanted.files))
        measure_pick_up(Path(directory), server, wanted.files)
        write_files(server.outbound, range(wanted.files, wanted.known))
        measure_known(Path(directory), server, wanted.known)
    return 0


def measure_pick_up(directory: Path, server: Server, count: int) -> None:
    """The same folder by rclone and by the product, each as it does it best."""
    what = f"{count:,} files of {FILE_BYTES // 1024} KiB picked up"
    bare = copy_with_rclone(server, directory / "copied")
    with opened_house(directory, server) as house:
        started = time.monotonic()
        taken = take_invoices(house.context)
        seconds = time.monotonic() - started
    require_all(len(taken.files), count)
    if bare is None:
        print(f"{what:<48} {seconds:6.2f} s   rclone is not installed (.ci/install-rclone installs it)", flush=True)
        return
    ratio = seconds / bare
    verdict = "ok" if ratio <= RATIO_MAX else "OVER"
    print(
        f"{what:<48} {seconds:6.2f} s   {ratio:.2f} times rclone's {bare:.2f} s, at most {RATIO_MAX:g}   {verdict}",
        flush=True,
    )


def measure_known(directory: Path, server: Server, count: int) -> None:
    """A running process takes all that is new, then looks once more."""
    with opened_house(directory, server) as house:
        know_all(house, server.outbound)
        take_invoices(house.context)
        started = time.monotonic()
        taken = take_invoices(house.context)
        seconds = time.monotonic() - started
        requests = house.erp.request_counts().sent
    require_all(len(taken.lying), count)
    verdict = "ok" if seconds <= KNOWN_SECONDS_MAX and not taken.files and not requests else "OVER"
    what = f"{count:,} known files, nothing new"
    told = f"{len(taken.files)} fetched, {requests} requests to Acumatica"
    print(f"{what:<48} {seconds:6.2f} s   at most {KNOWN_SECONDS_MAX:.1f} s   {verdict}   {told}", flush=True)


def know_all(house: ConnectionHouse, folder: Path) -> None:
    """Put every file that is not in the log into it, as taken at an earlier time."""
    context = house.context
    logged = {record.name for record in context.files.load_files(FEED)}
    rows = [
        FileRecord(
            id=context.files.next_id("f"),
            connection=CONNECTION,
            feed=FEED,
            name=path.name,
            size_bytes=path.stat().st_size,
            modified_at=datetime.fromtimestamp(int(path.stat().st_mtime), UTC),
            first_seen_at=context.clock.now(),
            state="settled",
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in folder.iterdir()
        if path.name not in logged
    ]
    context.invoices.save_taken_files([TakenFile(row, (), (), ()) for row in rows])


def require_all(found: int, wanted: int) -> None:
    """A figure of half the work would be none."""
    if found != wanted:
        raise SystemExit(f"files: {found:,} of {wanted:,} files were seen")


def write_files(folder: Path, numbers: range) -> None:
    """Approved invoices of one line each, filled up to the size by the description."""
    heading = "StampliID,Type,VendorID,InvoiceNumber,InvoiceDate,Total,Status,LineNumber,Amount,Description\r\n"
    for number in numbers:
        head = f"{heading}B{number},Invoice,V10005,INV-{number},2026-10-05,100.00,Authorized for Payment,1,100.00,"
        cells = "steel beams and bolts " * FILE_BYTES
        text = f"{head}{cells[: FILE_BYTES - len(head) - 2]}\r\n"
        (folder / f"approved_invoices_{number:06}.csv").write_text(text, encoding="ascii", newline="")


def copy_with_rclone(server: Server, target: Path) -> float | None:
    """Seconds of one ``rclone copy``, None where it is not installed."""
    if shutil.which("rclone") is None:
        return None
    where = f"host=127.0.0.1,port={server.port},user={getuser()},key_file={server.private_key},disable_hashcheck=true"
    command = ["rclone", "copy", f":sftp,{where}:{server.outbound}", str(target), "--config", os.devnull]
    command += ["--transfers", str(RCLONE_TRANSFERS)]
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.monotonic() - started
    shutil.rmtree(target)
    return seconds


@contextmanager
def opened_house(directory: Path, server: Server) -> Iterator[ConnectionHouse]:
    """The product set up for that server; Acumatica's address is one that nobody asks."""
    settings = directory / "ml-connector.toml"
    settings.write_text(render_settings(server), encoding="utf-8")
    with open_store(settings) as store:
        store.set_secret(CONNECTION, "stampli.private_key", server.private_key.read_text("ascii"), set_by="benchmark")
        with connect(store, store.connection(CONNECTION), Opening()) as house:
            yield house


def render_settings(server: Server) -> str:
    """The settings file of this measurement."""
    return f"""
[connections.{CONNECTION}.acumatica]
url = "https://127.0.0.1:9/nobody"
tenant = "Company"
version = "24.200.001"
auth = "password"
client_id = "benchmark@Company"
username = "benchmark"

[connections.{CONNECTION}.stampli]
host = "127.0.0.1"
port = {server.port}
username = "{getuser()}"
host_keys = ["{server.host_key}"]
inbound = "{server.outbound.parent}/inbound"
outbound = "{server.outbound}"
settle_seconds = 0

[connections.{CONNECTION}.feeds.approved_invoices]
"""


@contextmanager
def running_server(sshd: str, directory: Path) -> Iterator[Server]:
    """OpenSSH on a free port with keys of its own, until the block ends."""
    work = directory / "sshd"
    for name in ("outbound", "inbound"):
        (work / name).mkdir(parents=True)
    for name in ("host_key", "client_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(work / name)], check=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    configuration = work / "sshd_config"
    configuration.write_text("\n".join([f"Port {port}", *_server_options(work), ""]), encoding="ascii")
    with subprocess.Popen([sshd, "-D", "-e", "-f", str(configuration)], stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            line = (work / "host_key.pub").read_text("ascii").split()
            yield Server(port, " ".join(line[:2]), work / "client_key", work / "outbound")
        finally:
            process.terminate()


def _server_options(work: Path) -> list[str]:
    return [
        "ListenAddress 127.0.0.1",
        f"HostKey {work / 'host_key'}",
        f"AuthorizedKeysFile {work / 'client_key.pub'}",
        f"PidFile {work / 'pid'}",
        "StrictModes no",
        "UsePAM no",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "MaxStartups 100:30:200",
        "Subsystem sftp internal-sftp",
        "ForceCommand internal-sftp",
    ]


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
