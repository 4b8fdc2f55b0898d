"""The whole house for a test: both twins running, a settings file beside them, and the commands an operator has.

    with running_firm(tmp_path, policy={"finish": "hold"}) as firm:
        firm.drop_invoices(an_approved_invoice())
        assert firm.sync().exit_code == 0
        assert firm.truth().bills_of("V10005", "INV-8841")

Everything is said through the operator contract; what is true is read from the twins' control, never from the product.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ml_connector.cli.main import run
from ml_connector_twins.acumatica.server import RunningTwin, running_acumatica
from ml_connector_twins.acumatica.switches import SwitchValue
from ml_connector_twins.stampli.drops import drop_renamed
from ml_connector_twins.stampli.outgoing import ApprovedInvoice, Payment, render_invoices, render_payments
from ml_connector_twins.stampli.server import StampliTwin, running_stampli
from ml_connector_twins.stampli.sign_in import Account

CONNECTION = "harbor"
SFTP_USER = "harbor"
SFTP_PASSWORD = "sftp-password-for-tests"
FEEDS = ("vendors", "accounts", "subaccounts", "dimensions", "purchase_orders", "approved_invoices", "payments")
QUARANTINE_SECONDS = 1
_OURS = "ML_CONNECTOR_"
_STORE_URL = "sqlite:///var/ml-connector.db"
_CHILD_SECONDS_MAX = 120.0

Keys = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one command ended. ``document`` is its JSON, None where standard output held anything else."""

    exit_code: int
    output: str
    notes: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        try:
            return json.loads(self.output)
        except json.JSONDecodeError:
            return None

    def invoice(self, number: str) -> Any:
        """The row of that invoice number in a document of ``sync`` or ``invoice list``."""
        rows = self.document["invoices"] if isinstance(self.document, dict) else self.document
        return next(row for row in rows if row["invoice_number"] == number)


@dataclass(frozen=True, slots=True)
class Truth:
    """The books of the Acumatica twin at one moment, as its control interface gives them: amounts are texts."""

    bills: Sequence[Mapping[str, Any]]
    entries: Sequence[Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]
    checks: Sequence[Mapping[str, Any]]
    requests: Sequence[Mapping[str, Any]]

    def bills_of(self, vendor: str, reference: str) -> list[Mapping[str, Any]]:
        """Every AP document of that vendor and reference, voided ones left out, whoever made it."""
        return [
            bill
            for bill in self.bills
            if (bill["Vendor"], bill["VendorRef"]) == (vendor, reference) and bill["Status"] != "Voided"
        ]

    def bill_of(self, vendor: str, reference: str) -> Mapping[str, Any]:
        """The one bill of an invoice."""
        (bill,) = self.bills_of(vendor, reference)
        return bill

    def ledger_of(self, bill: Mapping[str, Any]) -> list[tuple[str, str, str, Decimal, Decimal]]:
        """The posted GL entries of a bill in order: account, subaccount, branch, debit, credit."""
        document = f"{bill['Type']} {bill['ReferenceNbr']}"
        return sorted(
            (row["account"], row["subaccount"], row["branch"], Decimal(row["debit"]), Decimal(row["credit"]))
            for row in self.entries
            if row["document"] == document and row["posted"]
        )

    def order_line(self, number: str, line: int) -> Mapping[str, Any]:
        """One line of a purchase order, its form fields flat beside the others."""
        order = next(order for order in self.orders if order["OrderNbr"] == number)
        row = next(row for row in order["Details"] if row["LineNbr"] == line)
        return {**row, **row["custom"], "OrderStatus": order["Status"]}

    def writes(self) -> list[Mapping[str, Any]]:
        """Every request that could change something in Acumatica; sign-in and inquiries are none."""
        return [
            request
            for request in self.requests
            if request["method"] in ("PUT", "POST", "DELETE")
            and "/entity/" in request["path"]
            and "/auth/" not in request["path"]
            and "CompaniesStructure" not in request["path"]
        ]


@dataclass(frozen=True, slots=True)
class Twins:
    """Both twins, running in threads of this process."""

    erp: RunningTwin
    stampli: StampliTwin

    def start_over(self, **positions: SwitchValue) -> None:
        """Acumatica as on the first morning, with these switches; Stampli's folders empty."""
        self.erp.control.call("POST", "reset", {"switches": positions})
        folders = self.stampli.folders
        for folder in (folders.inbound, folders.outbound, folders.done):
            for path in folder.iterdir():
                if path.is_file():
                    path.unlink()


@dataclass(frozen=True, slots=True)
class Firm:
    """One connection of the product against the twins, and what an operator, Stampli and an auditor do with it."""

    twins: Twins
    settings: Path

    def run(self, *words: str, stdin: str = "") -> Outcome:
        """One command in this process; ``--config`` is added."""
        before, standard_input = signal.getsignal(signal.SIGTERM), sys.stdin
        output, notes = io.StringIO(), io.StringIO()
        sys.stdin = io.StringIO(stdin)
        try:
            with redirect_stdout(output), redirect_stderr(notes), _environment(child_environment()):
                exit_code = run([*words, "--config", str(self.settings)])
        finally:
            sys.stdin = standard_input
            signal.signal(signal.SIGTERM, before)
        return Outcome(exit_code, output.getvalue(), notes.getvalue())

    def run_apart(self, *words: str, stdin: str = "") -> Outcome:
        """The same as a process of its own."""
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

    def prove(self) -> Outcome:
        """``prove NAME --json``."""
        return self.run("prove", CONNECTION, "--json")

    def reconcile(self) -> Outcome:
        """``reconcile NAME --json``."""
        return self.run("reconcile", CONNECTION, "--json")

    def list_invoices(self) -> Outcome:
        """``invoice list NAME --json``."""
        return self.run("invoice", "list", CONNECTION, "--json")

    def show_invoice(self, name: str) -> Outcome:
        """``invoice show NAME ID --json``."""
        return self.run("invoice", "show", CONNECTION, name, "--json")

    def list_files(self) -> Outcome:
        """``file list NAME --json``."""
        return self.run("file", "list", CONNECTION, "--json")

    def verify_audit(self) -> Outcome:
        """``audit verify NAME --json``."""
        return self.run("audit", "verify", CONNECTION, "--json")

    def drop(self, name: str, content: bytes) -> Path:
        """Stampli puts a file of any bytes into ``/outbound``."""
        return drop_renamed(self.twins.stampli.folders.outbound, name, content)

    def drop_invoices(self, *invoices: ApprovedInvoice, name: str = "approved_invoices_1.csv") -> Path:
        """Stampli exports approved invoices."""
        return self.drop(name, render_invoices(invoices))

    def drop_payments(self, *payments: Payment, name: str = "payments_1.csv") -> Path:
        """Stampli exports payments."""
        return self.drop(name, render_payments(payments))

    def truth(self) -> Truth:
        """The open books."""
        control = self.twins.erp.control
        return Truth(
            bills=control.bills(),
            entries=control.entries(),
            orders=control.call("GET", "purchase-orders"),
            checks=control.call("GET", "checks"),
            requests=control.requests(),
        )

    def people(self, action: str, **content: Any) -> Any:
        """People do something in Acumatica."""
        return self.twins.erp.control.people(action, **content)

    def fault(self, kind: str, **plan: Any) -> None:
        """Plant a fault in Acumatica."""
        self.twins.erp.control.fault(kind, **plan)

    def switch(self, **positions: SwitchValue) -> None:
        """Turn switches of the Acumatica twin."""
        self.twins.erp.control.turn(**positions)


@contextmanager
def running_twins(folder: Path, switches: Mapping[str, SwitchValue] | None = None) -> Iterator[Twins]:
    """The small firm in Acumatica, and Stampli's folders below ``folder``, until the block ends."""
    with ExitStack() as stack:
        erp = stack.enter_context(running_acumatica("small", switches))
        stampli = stack.enter_context(running_stampli(folder / "stampli", Account(SFTP_USER, SFTP_PASSWORD)))
        yield Twins(erp, stampli)


@contextmanager
def running_firm(
    folder: Path,
    *,
    switches: Mapping[str, SwitchValue] | None = None,
    policy: Keys | None = None,
    sections: Mapping[str, Keys] | None = None,
    store_url: str = _STORE_URL,
) -> Iterator[Firm]:
    """Twins of its own and the product set up against them; see ``settle_in`` for the keys."""
    with running_twins(folder, switches) as twins:
        yield settle_in(twins, folder, policy=policy, sections=sections, store_url=store_url)


def settle_in(
    twins: Twins,
    folder: Path,
    *,
    policy: Keys | None = None,
    sections: Mapping[str, Keys] | None = None,
    store_url: str = _STORE_URL,
) -> Firm:
    """Write the settings file and store the secrets. ``sections`` changes keys of a section of the connection by its
    last name (``acumatica``, ``stampli``, ``feeds.vendors``; ``""`` is the connection itself)."""
    settings = folder / "ml-connector.toml"
    changes = {"policy": policy or {}, **(sections or {})}
    settings.write_text(render_settings(twins, changes, store_url=store_url), encoding="utf-8")
    firm = Firm(twins, settings)
    options = twins.erp.options
    for key, value in (
        ("acumatica.password", options.password),
        ("acumatica.client_secret", options.client_secret),
        ("stampli.password", SFTP_PASSWORD),
    ):
        kept = firm.run("secret", "set", CONNECTION, key, stdin=value)
        assert kept.exit_code == 0, kept.notes
    return firm


def render_settings(twins: Twins, changes: Mapping[str, Keys], *, store_url: str = _STORE_URL) -> str:
    """The settings file of this firm: everything released, waits as short as they can be."""
    erp, stampli = twins.erp, twins.stampli
    sections: dict[str, Keys] = {
        "": {"label": "Harbor Ridge Builders", "time_zone": "America/New_York", "cut_over": date(2026, 1, 1)},
        "acumatica": {
            "url": erp.url,
            "tenant": erp.options.tenants[0],
            "version": "24.200.001",
            "branch": "MAIN",
            "auth": "password",
            "client_id": erp.client_id,
            "username": erp.options.username,
            "requests_per_minute": 6000,
            "subaccount_segments": [2, 3, 2],
        },
        "stampli": {
            "host": stampli.host,
            "port": stampli.port,
            "username": stampli.username,
            "host_keys": [stampli.host_key],
            "settle_seconds": 0,
            "company": "HRB01",
        },
        **{f"feeds.{feed}": {"layout": "standard-csv"} for feed in FEEDS},
        "policy": {
            "finish": "release",
            "closed_period": "next_open",
            "quarantine_seconds": QUARANTINE_SECONDS,
            "crash_quarantine_seconds": QUARANTINE_SECONDS,
        },
    }
    whole: dict[str, Keys] = {"store": {"url": store_url, "archive": "var/archive"}, "engine": {}}
    for name, keys in changes.items():
        table = whole if name in whole else sections
        table[name] = {**table.get(name, {}), **keys}
    named = ((f"connections.{CONNECTION}" + (f".{name}" if name else ""), keys) for name, keys in sections.items())
    return "\n".join(_section(name, keys) for name, keys in [*whole.items(), *named])


def child_environment() -> dict[str, str]:
    """This process's environment without what would point the product at another store, key or settings file."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def _section(name: str, keys: Keys) -> str:
    """Texts, numbers, flags and lists of them look the same in TOML as in JSON; a day is written bare."""
    lines = (f"{key} = {value if isinstance(value, date) else json.dumps(value)}" for key, value in keys.items())
    return "\n".join([f"[{name}]", *lines, ""])


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    hidden = {name: value for name, value in os.environ.items() if name not in wanted}
    for name in hidden:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(hidden)
