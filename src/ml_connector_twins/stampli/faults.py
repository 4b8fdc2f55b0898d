"""What the Stampli twin does wrong on purpose, as values and one counter of strikes.

Set by options, by `FaultBook.plan` in the same process, or by a control file of JSON, read again when it changes:

    {"posix_rename": true, "other_host_key": false,
     "faults": [{"operation": "read", "action": "drop", "name": "/outbound/invoices*", "nth": 1, "times": 1,
                 "after_bytes": 4096, "seconds": 3600, "status": "failure"}]}

Must not touch the network or the served files; the server asks here and acts itself.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

_AT_THE_DOOR = ("connect", "sign_in", "session")
_AT_THE_FILES = ("list", "open", "read", "write", "close", "stat", "rename", "remove", "fsync", "mkdir")
OPERATIONS = (*_AT_THE_DOOR, *_AT_THE_FILES)
ACTIONS = ("stall", "drop", "drop_after", "fail")
STATUSES = ("failure", "no_such_file", "permission_denied")


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault.

    ``operation``: where (``connect``: before the server's first byte).
    ``action``: ``stall`` (no answer for ``seconds``), ``drop`` (connection cut, nothing done), ``drop_after`` (done,
    then cut before the answer), ``fail`` (answer ``status``, nothing done).
    ``name``: a glob over the path as the client wrote it; a rename is matched by either of its names.
    It strikes from the ``nth`` fitting request on, ``times`` times (0: for ever).
    ``after_bytes``: reads and writes that end at or below that offset do not count.
    """

    operation: str
    action: str
    name: str = "*"
    nth: int = 1
    times: int = 1
    after_bytes: int = 0
    seconds: float = 3600.0
    status: str = "failure"

    def __post_init__(self) -> None:
        """Refuse a word that means nothing, so that a misspelt fault never passes as a calm run."""
        for value, known in ((self.operation, OPERATIONS), (self.action, ACTIONS), (self.status, STATUSES)):
            if value not in known:
                raise ValueError(f"{value!r} is none of {', '.join(known)}")


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Everything planted at one time."""

    faults: tuple[Fault, ...] = ()
    posix_rename: bool = True
    other_host_key: bool = False


def parse_fault_plan(text: str) -> FaultPlan:
    """A plan from the JSON of a control file; ``ValueError`` names what is not known."""
    document = json.loads(text or "{}")
    if not isinstance(document, Mapping):
        raise ValueError("the control file must hold one JSON object")
    unknown = set(document) - {"faults", "posix_rename", "other_host_key"}
    if unknown:
        raise ValueError(f"unknown key {', '.join(sorted(unknown))}")
    return FaultPlan(
        faults=tuple(_parse_fault(entry) for entry in document.get("faults", ())),
        posix_rename=bool(document.get("posix_rename", True)),
        other_host_key=bool(document.get("other_host_key", False)),
    )


def render_fault_plan(plan: FaultPlan) -> str:
    """The JSON of a control file for that plan."""
    return json.dumps(asdict(plan))


def _parse_fault(entry: Mapping[str, Any]) -> Fault:
    unknown = set(entry) - {field.name for field in fields(Fault)}
    if unknown:
        raise ValueError(f"unknown key {', '.join(sorted(unknown))} in a fault")
    return Fault(**entry)


class FaultBook:
    """The plan in force and how often each fault has been met; safe to use from several threads."""

    def __init__(self, plan: FaultPlan | None = None, *, control: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._plan = plan or FaultPlan()
        self._met: list[int] = [0] * len(self._plan.faults)
        self._control = control
        self._seen: tuple[int, int] | None = None

    def plan(self, plan: FaultPlan) -> None:
        """Put a new plan in force; all counts start again."""
        with self._lock:
            self._adopt(plan)

    def plant(self, *faults: Fault) -> None:
        """Add faults to the plan in force; the counts of the others go on."""
        with self._lock:
            self._plan = FaultPlan((*self._plan.faults, *faults), self._plan.posix_rename, self._plan.other_host_key)
            self._met += [0] * len(faults)

    @property
    def current(self) -> FaultPlan:
        """The plan in force, the control file read again if it changed."""
        with self._lock:
            self._reload()
            return self._plan

    @property
    def strikes(self) -> int:
        """How many requests have been struck so far."""
        with self._lock:
            pairs = zip(self._plan.faults, self._met, strict=True)
            return sum(min(max(0, met - fault.nth + 1), fault.times or met) for fault, met in pairs)

    def strike(self, operation: str, names: Sequence[str], *, end_offset: int | None = None) -> Fault | None:
        """The fault that this request meets, if any; ``end_offset`` is where a read or write would end."""
        with self._lock:
            self._reload()
            for index, fault in enumerate(self._plan.faults):
                if fault.operation != operation or not any(fnmatchcase(name, fault.name) for name in names):
                    continue
                if end_offset is not None and end_offset <= fault.after_bytes:
                    continue
                self._met[index] += 1
                if self._met[index] >= fault.nth and not (fault.times and self._met[index] >= fault.nth + fault.times):
                    return fault
            return None

    def _adopt(self, plan: FaultPlan) -> None:
        self._plan = plan
        self._met = [0] * len(plan.faults)

    def _reload(self) -> None:
        if self._control is None:
            return
        try:
            status = self._control.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._seen:
                plan = parse_fault_plan(self._control.read_text(encoding="utf-8"))
                self._seen = stamp
                self._adopt(plan)
        except (FileNotFoundError, json.JSONDecodeError):
            return  # not there, or caught half-written: the plan in force stands until the next request
