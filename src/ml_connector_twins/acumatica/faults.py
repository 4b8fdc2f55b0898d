"""Faults of the network and of the server, as a plan: which request is hit, and by what (``fault_catalogue.md``).

The plan is data; ``web.gate`` carries it out.
"""

from __future__ import annotations

import random
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
    "hang": "no answer comes until the caller gives up; with commit the work is done first",
    "recycle": "the application pool ends: connection reset, every session gone; with commit the work is done first",
    "turn": "the `switches` are turned, then the request is served: an upgrade in the middle of a run",
    "swap": "the answer to the request before this one is given; the work is done first",
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
    switches: dict[str, Any] = field(default_factory=dict)
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


_WEATHER: Mapping[str, Mapping[str, Any]] = {
    "drop_before": {},
    "drop_after_commit": {},
    "late_commit": {"seconds": 0.2},
    "delay": {"seconds": 0.1},
    "truncate": {},
    "html": {},
    "redirect": {},
    "stale": {},
    "duplicate": {},
    "recycle": {},
    "status": {},
}
"""What a storm throws, and how."""

_ONLY_NAMED: Mapping[str, Mapping[str, Any]] = {
    "hang": {},
    "drip": {"bytes_per_second": 2000.0},
    "swap": {},
    "turn": {},
}
"""What a storm throws only where ``kinds`` names it."""

_STORMS: Mapping[str, Mapping[str, Any]] = {**_WEATHER, **_ONLY_NAMED}

_STORM_STATUSES = (401, 429, 500, 502, 503)


@dataclass(slots=True)
class Storm:
    """Faults by seed: each matching request is hit with the probability ``rate``, by a kind drawn from ``kinds``;
    ``codes`` are the statuses that ``status`` answers, ``switches`` what ``turn`` turns.

    The same seed and the same sequence of requests give the same faults; ``left`` faults are thrown at most, 0 = any.
    """

    seed: int
    rate: float
    kinds: tuple[str, ...] = tuple(_WEATHER)
    method: str = ""
    path: str = ".*"
    left: int = 0
    codes: tuple[int, ...] = _STORM_STATUSES
    switches: dict[str, Any] = field(default_factory=dict)
    chance: random.Random = field(default_factory=random.Random)

    def throw(self, method: str, target: str, at: str) -> Fault | None:
        """The fault of this request, or None."""
        if (self.method and self.method.upper() != method) or re.search(self.path, target) is None:
            return None
        hit, kind, code = self.chance.random(), self.chance.choice(self.kinds), self.chance.choice(self.codes)
        if hit >= self.rate or self.left < 0:
            return None
        if self.left:
            self.left = self.left - 1 or -1
        how = {**_STORMS[kind], **({"switches": self.switches} if kind == "turn" else {})}
        return Fault(kind, code=code, commit=self.chance.random() < _HALF, set_at=at, **how)


_HALF = 0.5


def parse_storm(content: Any) -> Storm:
    """A storm from the control interface's JSON: ``seed``, ``rate`` and, where wanted, ``kinds``, ``method``, ``path``,
    ``times``, ``codes``, ``switches``; raises BadFault."""
    try:
        kinds = tuple(content.get("kinds", _WEATHER))
        storm = Storm(
            seed=int(content["seed"]),
            rate=float(content["rate"]),
            kinds=kinds,
            method=str(content.get("method", "")),
            path=str(content.get("path", ".*")),
            left=int(content.get("times", 0)),
            codes=tuple(int(code) for code in content.get("codes", _STORM_STATUSES)),
            switches=dict(content.get("switches", {})),
        )
        re.compile(storm.path)
    except (AttributeError, KeyError, TypeError, ValueError, re.error) as fault:
        raise BadFault(f"a storm has a seed and a rate: {fault!r}") from fault
    unknown = sorted(set(kinds) - set(_STORMS))
    if unknown or not kinds or not storm.codes:
        raise BadFault(f"unknown: {', '.join(unknown)}; known: {', '.join(_STORMS)}")
    storm.chance = random.Random(storm.seed)
    return storm


class FaultBook:
    """The planned faults in order, the first that is due hits; then the storm, where there is one."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.storm: Storm | None = None
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
        self.storm = None

    def take(self, method: str, target: str, body: str, at: str) -> Fault | None:
        """The fault that hits this request, or None; every matching fault counts it; ``at`` is the server's now."""
        hit: Fault | None = None
        for fault in self.faults:
            if not fault.matches(method, target, body):
                continue
            fault.seen += 1
            due = fault.seen >= fault.nth and (fault.times == 0 or fault.hits < fault.times)
            if due and hit is None:
                fault.hits += 1
                hit = fault
        if hit is None and self.storm is not None:
            return self.storm.throw(method, target, at)
        return hit
