"""An office for tests of whole commands: the product as child processes, a real OpenSSH server, the Acumatica twin.

    with running_office(tmp_path) as office:
        office.drop_invoices(approved("INV-1"))
        assert office.command("sync", CONNECTION, "all", "--json").exit_code == 0

It is the firm of ``tests.firm`` with OpenSSH in place of Stampli's twin. What is true is read from the twin's control
and from the server's folders, never from the product.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ml_connector_twins.acumatica.instance import SiteOptions
from ml_connector_twins.acumatica.server import RunningTwin, running_acumatica
from ml_connector_twins.acumatica.switches import SwitchValue
from ml_connector_twins.stampli.faults import FaultBook
from ml_connector_twins.stampli.folders import Folders
from ml_connector_twins.stampli.journal import Journal
from ml_connector_twins.stampli.server import StampliTwin
from tests.firm import CONNECTION, Firm, Keys, Outcome, Twins, child_environment, render_settings
from tests.openssh import RunningSshd, running_sshd
from tests.processes import running_process

ACUMATICA_PASSWORD = "canary-7141-acumatica-password"
CLIENT_SECRET = "canary-7142-client-secret"
_CHILD_SECONDS_MAX = 180.0


@dataclass(frozen=True, slots=True)
class Office(Firm):
    """The firm with a real SFTP server; ``sections`` are the settings it was set up with."""

    sshd: RunningSshd
    sections: Mapping[str, Keys] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the settings file lies, ``var`` beside it."""
        return self.settings.parent

    @property
    def inbound(self) -> Path:
        """The server's folder we write to."""
        return Path(self.sshd.inbound)

    @property
    def outbound(self) -> Path:
        """The server's folder we read from."""
        return Path(self.sshd.outbound)

    def command(
        self, *words: str, stdin: str = "", variables: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> Outcome:
        """One command as a process of its own; ``--config`` is added unless ``variables`` or ``folder``, where it runs,
        say which settings it finds."""
        named = variables is not None or folder is not None
        done = subprocess.run(
            [sys.executable, "-m", "ml_connector", *words, *([] if named else ["--config", str(self.settings)])],
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_CHILD_SECONDS_MAX,
            env={**child_environment(), **(variables or {})},
            cwd=folder,
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(
        self, *words: str, variables: Mapping[str, str] | None = None
    ) -> AbstractContextManager[subprocess.Popen[str]]:
        """One command as a process that runs while the block does, at the longest."""
        return running_process(
            [sys.executable, "-m", "ml_connector", *words, "--config", str(self.settings)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**child_environment(), **(variables or {})},
        )

    def pass_of(self, flow: str) -> Outcome:
        """``sync NAME flow --json`` as a process of its own."""
        return self.command("sync", CONNECTION, flow, "--json")

    def check(self, *options: str) -> Outcome:
        """``connection check NAME --json`` as a process of its own."""
        return self.command("connection", "check", CONNECTION, "--json", *options)

    def set_up(self, **changes: Keys) -> None:
        """Write the settings file anew with keys of these sections changed (``acumatica``, ``stampli``, …)."""
        sections = {**self.sections}
        for name, keys in changes.items():
            sections[name] = {**sections.get(name, {}), **keys}
        self.settings.write_text(render_settings(self.twins, sections), encoding="utf-8")

    def set_secret(self, key: str, value: str) -> None:
        """``secret set NAME key`` with the value on standard input."""
        assert self.run("secret", "set", CONNECTION, key, stdin=value).exit_code == 0

    def sent_names(self) -> list[str]:
        """Every name in the inbound folder, hidden ones too."""
        return sorted(path.name for path in self.inbound.iterdir())

    def bills(self) -> list[tuple[str, str]]:
        """Reference and status of every bill in Acumatica."""
        return [(str(bill["VendorRef"]), str(bill["Status"])) for bill in self.twins.erp.control.bills()]

    def seats(self) -> int:
        """Sessions of Acumatica that hold a licence seat now."""
        return int(self.twins.erp.control.call("GET", "sessions")["open"])

    def read(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of our database, read past the product."""
        with closing(sqlite3.connect(self.folder / "var" / "ml-connector.db")) as database:
            return database.execute(statement).fetchall()

    def leases_held(self) -> list[tuple[Any, ...]]:
        """The flows whose lease somebody holds."""
        return self.read("SELECT flow, holder FROM lease WHERE holder IS NOT NULL")


def office_site_options() -> SiteOptions:
    """The credentials an office signs in with."""
    return SiteOptions(firm="small", password=ACUMATICA_PASSWORD, client_secret=CLIENT_SECRET)


@contextmanager
def running_office(
    folder: Path,
    *,
    sections: Mapping[str, Keys] | None = None,
    policy: Keys | None = None,
    switches: Mapping[str, SwitchValue] | None = None,
    password_user: bool = False,
    server_options: Sequence[str] = (),
    erp: RunningTwin | None = None,
) -> Iterator[Office]:
    """Both systems running and the product set up against them, secrets stored, nothing run yet; ``erp`` runs
    already, with ``office_site_options``."""
    with ExitStack() as stack:
        erp = erp or stack.enter_context(running_acumatica("small", switches, office_site_options()))
        sshd = stack.enter_context(running_sshd(folder, password_user=password_user, options=server_options))
        desk = folder / "office"
        desk.mkdir()
        office = _furnish(Twins(erp, _as_stampli(sshd)), sshd, desk, {"policy": policy or {}, **(sections or {})})
        office.set_up()
        office.set_secret("acumatica.password", ACUMATICA_PASSWORD)
        office.set_secret("acumatica.client_secret", CLIENT_SECRET)
        if sshd.password is None:
            office.set_secret("stampli.private_key", sshd.private_key)
        else:
            office.set_secret("stampli.password", sshd.password)
        yield office


def _furnish(twins: Twins, sshd: RunningSshd, desk: Path, sections: Mapping[str, Keys]) -> Office:
    own: dict[str, Keys] = {**sections}
    own["stampli"] = {"inbound": sshd.inbound, "outbound": sshd.outbound, **sections.get("stampli", {})}
    return Office(twins, desk / "ml-connector.toml", sshd, own)


def _as_stampli(sshd: RunningSshd) -> StampliTwin:
    """OpenSSH where the firm expects Stampli's twin: the same facts, no faults, no journal."""
    inbound, outbound = Path(sshd.inbound), Path(sshd.outbound)
    folders = Folders(root=sshd.root, inbound=inbound, outbound=outbound, done=outbound / "done")
    return StampliTwin(
        host=sshd.host,
        port=sshd.port,
        host_key=sshd.host_key,
        other_host_key="",
        username=sshd.username,
        folders=folders,
        faults=FaultBook(),
        journal=Journal(),
    )
