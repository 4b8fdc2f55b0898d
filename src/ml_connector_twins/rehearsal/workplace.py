"""The folder a rehearsal works in: one of its own for each run, with the settings file written for both twins.

Older runs below the same folder are removed, all but the last few. Must hold no secret: those go in by `secret set`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CONNECTION = "harbor"
SETTLE_SECONDS = 0.2
QUARANTINE_SECONDS = 3
_KEPT_RUNS = 3
_PREFIX = "rehearsal-"
_PRIVATE = ("ML_CONNECTOR_CONFIG", "ML_CONNECTOR_STORE_URL", "ML_CONNECTOR_MASTER_KEY", "ML_CONNECTOR_MASTER_KEY_FILE")


@dataclass(frozen=True, slots=True)
class Workplace:
    """Paths of one run."""

    folder: Path
    settings: Path
    log: Path
    sftp_root: Path
    stampli_faults: Path


def prepare_workplace(directory: Path) -> Workplace:
    """A fresh folder below ``directory``, never one that an earlier run used."""
    directory.mkdir(parents=True, exist_ok=True)
    _remove_old_runs(directory)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = directory / f"{_PREFIX}{stamp}-{os.getpid()}"
    folder.mkdir()
    return Workplace(
        folder=folder.resolve(),
        settings=folder.resolve() / "ml-connector.toml",
        log=folder.resolve() / "children.log",
        sftp_root=folder.resolve() / "stampli",
        stampli_faults=folder.resolve() / "stampli_faults.json",
    )


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what would point the product at the caller's own store or key."""
    return {name: value for name, value in environ.items() if name not in _PRIVATE}


def render_settings(acumatica: Mapping[str, Any], stampli: Mapping[str, Any], *, username: str) -> str:
    """The settings file (`operator_contract.md` 2) for twins that listen where these two answers say."""
    feeds = ("vendors", "accounts", "subaccounts", "dimensions", "purchase_orders", "approved_invoices", "payments")
    sections: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("store", {"url": "sqlite:///var/ml-connector.db", "archive": "var/archive"}),
        (
            f"connections.{CONNECTION}",
            {"label": "Harbor Ridge Builders", "time_zone": "America/New_York", "cut_over": _Bare("2026-01-01")},
        ),
        (f"connections.{CONNECTION}.acumatica", _acumatica_keys(acumatica)),
        (f"connections.{CONNECTION}.stampli", _stampli_keys(stampli, username)),
        *((f"connections.{CONNECTION}.feeds.{feed}", {"layout": "standard-csv"}) for feed in feeds),
        (f"connections.{CONNECTION}.policy", _POLICY),
    )
    return "\n".join(_section(name, keys) for name, keys in sections)


@dataclass(frozen=True, slots=True)
class _Bare:
    """A TOML value written as it is, such as a date."""

    text: str


_POLICY: Mapping[str, object] = {
    "finish": "release",
    "closed_period": "next_open",
    "quarantine_seconds": QUARANTINE_SECONDS,
    "crash_quarantine_seconds": QUARANTINE_SECONDS,
}


def _acumatica_keys(started: Mapping[str, Any]) -> Mapping[str, object]:
    return {
        "url": started["url"],
        "tenant": started["tenant"],
        "endpoint": "Default",
        "version": "24.200.001",
        "branch": "MAIN",
        "auth": "password",
        "client_id": started["client_id"],
        "username": started["username"],
        # The twin's licence has no minute limit; the connector's share must not make the audience wait.
        "requests_per_minute": 6000,
        "subaccount_segments": [2, 3, 2],
    }


def _stampli_keys(started: Mapping[str, Any], username: str) -> Mapping[str, object]:
    return {
        "host": started["host"],
        "port": started["port"],
        "username": username,
        "host_keys": [started["host_key"]],
        "settle_seconds": SETTLE_SECONDS,
        "company": "HRB01",
    }


def _section(name: str, keys: Mapping[str, object]) -> str:
    lines = [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in keys.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """Strings, numbers and lists of them look the same in TOML as in JSON."""
    return value.text if isinstance(value, _Bare) else json.dumps(value)


def _remove_old_runs(directory: Path) -> None:
    runs = sorted(path for path in directory.glob(f"{_PREFIX}*") if (path / "ml-connector.toml").is_file())
    for path in runs[: -_KEPT_RUNS + 1] if len(runs) >= _KEPT_RUNS else []:
        shutil.rmtree(path, ignore_errors=True)
