"""Codes that records had before: values that a snapshot carries on.

Nothing is found out or followed here (``domain.renames``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RenamedKind = Literal["vendor", "account", "subaccount", "project", "task", "cost code"]


@dataclass(frozen=True, slots=True)
class Rename:
    """The record ``record_id`` was ``was`` and is ``now`` (Change ID keeps it, ``ap_domain.md 2.1``), first seen so at
    ``seen_at``. ``project`` is the project a task is in now. Where ``reused``, another record has the old code today:
    it means that one again."""

    kind: RenamedKind
    was: str
    now: str
    record_id: str
    seen_at: datetime
    project: str | None = None
    reused: bool = False
