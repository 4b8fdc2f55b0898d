"""What is wrong with the data, as values: never raised.

A ``Problem`` is what a reader says of bytes, a ``Finding`` what a rule says of a document. Both are for people: no
HTTP, no JSON and no Python name stands in a message. This module knows no other room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["document", "file"]
Severity = Literal["stop", "review", "note"]
Who = Literal["ap", "buyer", "project_manager", "controller", "administrator"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file or one of its documents; ``line`` is the physical line, the heading being 1."""

    code: str
    message: str
    file: str
    record: int | None = None
    line: int | None = None
    column: str | None = None
    value: str | None = None
    rule: str | None = None
    scope: Scope = "document"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of one document: where, expected against found, in an accountant's words, who mends it and how.

    ``code`` is one of ``docs/reference/findings.md``.
    """

    code: str
    severity: Severity
    field: str
    expected: str | None
    found: str | None
    message: str
    fix: str
    who: Who
    suggestions: tuple[str, ...] = ()
