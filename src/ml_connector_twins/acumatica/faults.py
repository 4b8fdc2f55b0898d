"""Faults of the network and of the server, as a plan: which request is hit, and by what (``fault_catalogue.md``).

The plan is data; ``web.gate`` carries it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

KINDS: Mapping[str, str] = {
    "drop_before": "the connection is reset; the server never sees the request",
    "drop_after_commit": "the server does its work, then the connection is reset",
    "late_commit": "the connection is reset at once; the server does its work `seconds` later",
    "delay": "the request waits `seconds` before the server works on it (after_commit: before it is answered)",
    "status": "answers `code` with `body` and `headers`; with commit the work is done first",
    "html": "answers 200 with a sign-in page; with commit the work is done first",
    "redirect": "answers 302 to `url`; with commit the work is done first",
    "truncate": "answers with the full length announced and `fraction` of the body sent",
    "drip": "answers at `bytes_per_second`",
    "duplicate": "a proxy plays the request twice; the second answer is given",
    "stale": "a list read that misses what was created after the fault was set",
}
"""Every kind of fault and what it does."""


class BadFault(Exception):
    """A fault plan that cannot be read."""


@dataclass(slots=True)
class Fault:
    """One planned fault: hits the ``nth`` matching request and the ``times - 1`` after it; times 0 = for ever."""

    kind: str
    method: str = ""
    path: str = ".*"
    nth: int = 1
    times: int = 1
    seconds: float = 0.0
    code: int = 503
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    url: str = "/Frames/Login.aspx"
    fraction: float = 0.5
    bytes_per_second: float = 1.0
    commit: bool = False
    after_commit: bool = False
    body_match: str = ""
    id: int = 0
    seen: int = 0
    hits: int = 0
    set_at: str = ""

    def matches(self, method: str, target: str, body: str) -> bool:
        """True where the request is one this fault counts; ``target`` is the path with its query."""
        if self.method and self.method.upper() != method:
            return False
        if self.body_match and re.search(self.body_match, body) is None:
            return False
        return re.search(self.path, target) is not None


_OWN = frozenset({"id", "seen", "hits", "set_at"})


def parse_fault(content: Any) -> Fault:
    """A fault from the control interface's JSON; raises BadFault naming what is wrong."""
    if not isinstance(content, dict) or content.get("kind") not in KINDS:
        raise BadFault(f"'kind' must be one of {', '.join(KINDS)}")
    known = {item.name for item in fields(Fault)} - _OWN
    unknown = sorted(set(content) - known)
    if unknown:
        raise BadFault(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    try:
        re.compile(content.get("path", ""))
        re.compile(content.get("body_match", ""))
    except re.error as fault:
        raise BadFault(f"not a regular expression: {fault}") from fault
    return Fault(**content)


class FaultBook:
    """The planned faults in order; the first that is due hits."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._serial = 0

    def add(self, fault: Fault, at: str) -> Fault:
        """Plans a fault; counting starts now."""
        self._serial += 1
        fault.id, fault.set_at = self._serial, at
        self.faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forgets every fault."""
        self.faults.clear()

    def take(self, method: str, target: str, body: str) -> Fault | None:
        """The fault that hits this request, or None; every matching fault counts it."""
        hit: Fault | None = None
        for fault in self.faults:
            if not fault.matches(method, target, body):
                continue
            fault.seen += 1
            due = fault.seen >= fault.nth and (fault.times == 0 or fault.hits < fault.times)
            if due and hit is None:
                fault.hits += 1
                hit = fault
        return hit
