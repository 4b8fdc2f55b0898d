"""The product as the rehearsal sees it: commands of the operator contract, their exit codes and JSON. Nothing inside.

Source of commands, keys and exit codes: `operator_contract.md` 1, 2 and 5.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_connector_twins.rehearsal.children import Children

DONE, NEEDS_A_PERSON, OWN_SETTINGS, SYSTEM, INTEGRITY, PROGRAM = 0, 1, 2, 3, 4, 70
_COMMAND_SECONDS_MAX = 300.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one command ended; ``document`` is its JSON, None where it printed none."""

    words: str
    exit_code: int
    document: Any
    seconds: float


class Product:
    """Runs the product's commands against one settings file."""

    def __init__(self, children: Children, settings: Path, *, connection: str) -> None:
        self._children = children
        self._settings = settings
        self._connection = connection

    def set_secret(self, key: str, value: str) -> Outcome:
        """`secret set`: the value goes in on standard input."""
        return self._run("secret", "set", self._connection, key, stdin=value.encode(), as_json=False)

    def sync(self, what: str) -> Outcome:
        """`sync NAME what --json`."""
        return self._run("sync", self._connection, what)

    def prove(self) -> Outcome:
        """`prove NAME --json`."""
        return self._run("prove", self._connection)

    def reconcile(self) -> Outcome:
        """`reconcile NAME --json`."""
        return self._run("reconcile", self._connection)

    def list_invoices(self) -> Outcome:
        """`invoice list NAME --json`."""
        return self._run("invoice", "list", self._connection)

    def list_files(self) -> Outcome:
        """`file list NAME --json`."""
        return self._run("file", "list", self._connection)

    def verify_audit(self) -> Outcome:
        """`audit verify NAME --json`."""
        return self._run("audit", "verify", self._connection)

    def _run(self, *words: str, stdin: bytes = b"", as_json: bool = True) -> Outcome:
        arguments = ["ml_connector", *words, "--config", str(self._settings), *(["--json"] if as_json else [])]
        started = time.monotonic()
        exit_code, output = self._children.run(arguments, stdin=stdin, timeout_seconds=_COMMAND_SECONDS_MAX)
        seconds = time.monotonic() - started
        return Outcome(" ".join(words), exit_code, _document(output) if as_json else None, seconds)


def _document(output: bytes) -> Any:
    """The one JSON document on standard output; None where it is anything else."""
    try:
        return json.loads(output)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object as it is, an empty one for anything else: a missing answer is judged, not crashed on."""
    return value if isinstance(value, Mapping) else {}


def rows(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a JSON array; none for anything else."""
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
