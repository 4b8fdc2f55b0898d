"""An office for tests of whole commands: the product as child processes, a real OpenSSH server, the Acumatica twin.

    with running_office(tmp_path) as office:
        office.drop("approved_invoices_1.csv", content)
        assert office.sync("all").exit_code == 0

It is the firm of ``tests.firm`` with OpenSSH in place of Stampli's twin. What is true is read from the twin's control
and
from the server's folders, never from the product.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ml_connector_twins.acumatica.server import RunningTwin, running_acumatica
from ml_connector_twins.stampli.outgoing import ApprovedInvoice, render_invoices
from tests.firm import CONNECTION, Outcome, child_environment
from tests.openssh import RunningSshd, running_sshd

_CHILD_SECONDS_MAX = 120.0
_FEEDS = ("vendors", "accounts", "subaccounts", "dimensions", "purchase_orders", "approved_invoices", "payments")


@dataclass(frozen=True, slots=True)
class Office:
    """One connection against real OpenSSH and the Acumatica twin; ``folder`` holds settings and store."""

    erp: RunningTwin
    sshd: RunningSshd
    folder: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "ml-connector.toml"

    @property
    def inbound(self) -> Path:
        """Where the product writes."""
        return self.sshd.root / "inbound"

    @property
    def outbound(self) -> Path:
        """Where Stampli writes."""
        return self.sshd.root / "outbound"

    def run(self, *words: str, stdin: str = "") -> Outcome:
        """One command as a process of its own; ``--config`` is added."""
        done = subprocess.run(
            [sys.executable, "-m", "ml_connector", *words, "--config", str(self.settings)],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_CHILD_SECONDS_MAX,
            env=child_environment(),
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def sync(self, flow: str = "invoices") -> Outcome:
        """``sync NAME flow --json``."""
        return self.run("sync", CONNECTION, flow, "--json")

    def files(self) -> dict[str, tuple[str, int]]:
        """State and documents of every file by name, the last seen of a name, as ``file list`` tells them."""
        rows = self.run("file", "list", CONNECTION, "--json").document
        return {row["name"]: (row["state"], row["documents"]) for row in rows}

    def drop(self, name: str, content: bytes) -> Path:
        """Stampli puts a file of any bytes into the outbound folder, in one move."""
        path = self.outbound / name
        part = self.outbound / f".{name}.incoming"
        part.write_bytes(content)
        part.rename(path)
        return path

    def drop_invoices(self, *invoices: ApprovedInvoice, name: str = "approved_invoices_1.csv") -> Path:
        """Stampli exports approved invoices."""
        return self.drop(name, render_invoices(invoices))

    def bills(self) -> list[tuple[str, str, str]]:
        """Vendor reference, amount and status of every live bill in the books."""
        return sorted(
            (bill["VendorRef"], bill["Amount"], bill["Status"])
            for bill in self.erp.control.bills()
            if bill["Status"] != "Voided"
        )

    def write_settings(self, changes: Mapping[str, str] | None = None) -> None:
        """The settings file; ``changes`` replaces lines by the text before ``=`` (``acumatica.version``)."""
        self.settings.write_text(_render(self, changes or {}), encoding="utf-8")

    def set_secret(self, key: str, value: str) -> None:
        """Store a secret."""
        assert self.run("secret", "set", CONNECTION, key, stdin=value).exit_code == 0


@contextmanager
def running_office(tmp_path: Path) -> Iterator[Office]:
    """Twin, sshd, settings and secrets until the block ends."""
    folder = tmp_path / "office"
    folder.mkdir()
    with running_acumatica("small") as erp, running_sshd(tmp_path) as sshd:
        office = Office(erp, sshd, folder)
        office.write_settings()
        office.set_secret("acumatica.password", erp.options.password)
        office.set_secret("acumatica.client_secret", erp.options.client_secret)
        office.set_secret("stampli.private_key", sshd.private_key)
        yield office


def _render(office: Office, changes: Mapping[str, str]) -> str:
    erp, sshd = office.erp, office.sshd
    keys = {
        "acumatica.url": f'"{erp.url}"',
        "acumatica.tenant": f'"{erp.options.tenants[0]}"',
        "acumatica.version": '"24.200.001"',
        "acumatica.branch": '"MAIN"',
        "acumatica.auth": '"password"',
        "acumatica.client_id": f'"{erp.client_id}"',
        "acumatica.username": f'"{erp.options.username}"',
        "acumatica.requests_per_minute": "6000",
        "acumatica.subaccount_segments": "[2, 3, 2]",
        "stampli.host": f'"{sshd.host}"',
        "stampli.port": str(sshd.port),
        "stampli.username": f'"{sshd.username}"',
        "stampli.host_keys": f'["{sshd.host_key}"]',
        "stampli.inbound": f'"{sshd.inbound}"',
        "stampli.outbound": f'"{sshd.outbound}"',
        "stampli.settle_seconds": "0",
        "stampli.company": '"HRB01"',
        "policy.finish": '"release"',
        "policy.quarantine_seconds": "1",
        "policy.crash_quarantine_seconds": "1",
        **changes,
    }
    lines = ['[store]\nurl = "sqlite:///var/ml-connector.db"\narchive = "var/archive"\n']
    for section in ("acumatica", "stampli", "policy"):
        lines.append(f"[connections.{CONNECTION}.{section}]")
        lines += [
            f"{key.partition('.')[2]} = {value}" for key, value in keys.items() if key.partition(".")[0] == section
        ]
    for feed in _FEEDS:
        lines.append(f"[connections.{CONNECTION}.feeds.{feed}]")
        lines += [
            f"{key.rpartition('.')[2]} = {value}" for key, value in keys.items() if key.startswith(f"feeds.{feed}.")
        ]
    return "\n".join([*lines, ""])
