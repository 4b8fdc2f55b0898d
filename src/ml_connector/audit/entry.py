"""One audit entry as a value, and the note a caller gives for it. Storing it is the store's work, in the transaction
of the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditNote:
    """What a change wants on record: ``event`` is dotted and stable (``posting.intent``), ``subject`` the id it is
    about,
    ``note`` a sentence for people, ``data`` plain facts as text. No secret ever stands in it."""

    event: str
    subject: str
    note: str = ""
    actor: str = "connector"
    data: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A note as kept: numbered in its connection's chain, timed, bound to the entry before it."""

    sequence: int
    connection: str
    at: datetime
    note: AuditNote
    previous_hash: str
    hash: str
