"""What reading a file gives: documents of canonical members, problems, counts; and the same as JSON would show it.

Values only: no file is read here and no rule of accounts payable is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal

from ml_connector.layouts.layout import PAYMENT_STATUSES
from ml_connector.numerals import render_instant
from ml_connector.problems import Problem

# The file may still be growing: look again later instead of refusing it.
INCOMPLETE_CODES = frozenset({"file.empty", "file.cut_short", "file.incomplete_set"})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document came from: ``record`` counts data rows from 1, ``lines`` are the physical lines its rows start
    on, the heading being 1, ``line`` the first of them. ``rows`` names the file of each line where several files make
    one set."""

    file: str
    record: int
    line: int
    lines: tuple[int, ...]
    rows: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One canonical document: member names of operator contract section 4 with typed values, None where absent.

    ``content`` holds the bytes of attachments that came with the file, by their names."""

    feed: str
    values: Mapping[str, object]
    source: Source
    content: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that is left out because something of it is wrong, and those of its own members that can be read."""

    source: Source
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a file says. ``rows`` counts data rows, ``repeats`` those that say again what an earlier row said;
    ``notes`` are sentences about what was passed over. A problem of scope ``file`` means there are no documents.
    ``refused`` is told where a file was read carefully."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()
    rows: int = 0
    repeats: int = 0
    notes: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = field(default=(), compare=False)

    @property
    def incomplete(self) -> bool:
        """Whether the file looks cut or is empty, so that a later look may find it whole."""
        return any(each.code in INCOMPLETE_CODES for each in self.problems)


def resolve_payment_status(word: str, own_words: Mapping[str, str]) -> str | None:
    """The state a payment file's word means: the connection's ``payment_statuses`` first, then the five states of
    operator contract section 4 whatever the case; None for any other word."""
    if word in own_words:
        return own_words[word]
    return next((each for each in PAYMENT_STATUSES if each == word.casefold()), None)


def render_documents(reading: Reading) -> dict[str, object]:
    """The JSON of ``layout read``: amounts and quantities as decimal strings, dates ISO, absent values null."""
    return {
        "documents": [_render_document(each) for each in reading.documents],
        "problems": [asdict(each) for each in reading.problems],
    }


def _render_document(document: Document) -> dict[str, object]:
    shown = {key: _render_value(value) for key, value in document.values.items()}
    if document.feed == "payments":
        word = str(document.values["status"])
        shown["status"] = resolve_payment_status(word, {}) or word
    return shown


def _render_value(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return render_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _render_value(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_render_value(each) for each in value]
    return value
