"""Filters and query strings: the one place where a text becomes part of a filter (pure).

Only the operators and functions of ``acumatica_api.md`` 4.2 are made here, and none of its traps: a function is never
compared with ``true``, nothing is negated but by ``ne``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from urllib.parse import quote

QUERY_CHARACTERS_MAX = 1_800
"""Longest encoded query string sent; common servers refuse more than 2,048."""


def quote_text(value: str) -> str:
    """The value as a literal, its quotes doubled."""
    return "'" + value.replace("'", "''") + "'"


def equals(field: str, value: str) -> str:
    """The field equals the text."""
    return f"{field} eq {quote_text(value)}"


def differs(field: str, value: str) -> str:
    """The field is another text."""
    return f"{field} ne {quote_text(value)}"


def after(field: str, value: str) -> str:
    """The field comes after the text in the server's own order."""
    return f"{field} gt {quote_text(value)}"


def from_on(field: str, value: str) -> str:
    """The field is the text, or comes after it in the server's own order."""
    return f"{field} ge {quote_text(value)}"


def up_to(field: str, value: str) -> str:
    """The field does not come after the text in the server's own order."""
    return f"{field} le {quote_text(value)}"


def starts_with(field: str, value: str) -> str:
    """The field begins with the text, bare as the posting protocol asks (4.5)."""
    return f"startswith({field},{quote_text(value)})"


def contains(field: str, value: str) -> str:
    """The text stands anywhere in the field, bare as well."""
    return f"substringof({quote_text(value)},{field})"


def modified_after(field: str, moment: datetime) -> str:
    """The field is later than the instant, written in UTC with its offset (``acumatica_api.md 4.4``)."""
    return f"{field} gt {_quote_instant(moment)}"


def modified_up_to(field: str, moment: datetime) -> str:
    """The field is not later than the instant."""
    return f"{field} le {_quote_instant(moment)}"


def _quote_instant(moment: datetime) -> str:
    return f"datetimeoffset'{moment.astimezone(UTC).isoformat(timespec='milliseconds')}'"


def on_or_after(field: str, day: date) -> str:
    """The field is that day or a later one, as an instant in UTC (``acumatica_api.md 4.2``)."""
    return f"{field} ge datetimeoffset'{day.isoformat()}T00:00:00.000+00:00'"


def all_of(clauses: Iterable[str | None]) -> str | None:
    """Every clause; None where there is none."""
    given = [clause for clause in clauses if clause]
    return given[0] if len(given) == 1 else " and ".join(f"({clause})" for clause in given) or None


def any_of(clauses: Iterable[str]) -> str:
    """At least one of the clauses."""
    given = list(clauses)
    return given[0] if len(given) == 1 else " or ".join(f"({clause})" for clause in given)


def encode_query(options: Mapping[str, str | None]) -> str:
    """The options that have a value as a query string, percent-encoded in UTF-8."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items() if value)


def encode_key(key: str) -> str | None:
    """A key as one segment of a path; None where it cannot be one: a slash cannot be escaped (1)."""
    if "/" in key or "\\" in key or key.strip(". ") == "" or key != key.strip():
        return None
    return quote(key, safe="")
