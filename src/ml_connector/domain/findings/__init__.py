"""The findings there are: code, severity, who mends it, and the words for them (``ap_domain.md`` 3.6 and 4).

``docs/reference/findings.md`` is made from ``catalogue``. A rule says what it saw through ``finding_of``; nothing else
makes a finding, so no code is ever used that is not listed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import get_args

from ml_connector.domain.findings.tables import DOCUMENT_TABLE, PAYMENT_TABLE, POSTING_TABLE
from ml_connector.domain.values.money import decimals_of
from ml_connector.problems import Finding, Severity, Who


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One code: the situation it stands for, its usual severity, what the accountant reads, the usual fix and who can
    do it."""

    code: str
    severity: Severity
    who: Who
    situation: str
    message: str
    fix: str


def catalogue() -> tuple[CatalogueEntry, ...]:
    """Every code the product uses, in the order of the reference."""
    return tuple(_CATALOGUE.values())


def catalogue_entry(code: str) -> CatalogueEntry:
    """The entry of a code; an unlisted code is a KeyError, a fault of the program."""
    return _CATALOGUE[code]


def finding_of(
    code: str,
    field: str,
    *,
    message: str | None = None,
    fix: str | None = None,
    expected: str | None = None,
    found: str | None = None,
    severity: Severity | None = None,
    suggestions: Sequence[str] = (),
) -> Finding:
    """A finding of that code; what is not given comes from the catalogue."""
    entry = _CATALOGUE[code]
    return Finding(
        code=code,
        severity=severity or entry.severity,
        field=field,
        expected=expected,
        found=found,
        message=message or entry.message,
        fix=fix or entry.fix,
        who=entry.who,
        suggestions=tuple(suggestions),
    )


def render_figure(amount: Decimal) -> str:
    """An amount for a message: thousands apart, two decimals or more."""
    decimals = max(2, decimals_of(amount))
    return f"{amount:,.{decimals}f}"


def line_field(position: int, member: str) -> str:
    """The field of a finding about one line; ``position`` counts the lines of the document from 1."""
    return f"lines[{position}].{member}"


def _parse_table(table: str) -> Iterator[CatalogueEntry]:
    lines = table.strip().splitlines()
    for head, message, fix in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        facts, _, situation = head.partition(": ")
        code, severity, who = facts.split()
        if severity not in get_args(Severity) or who not in get_args(Who):
            raise ValueError(f"the catalogue entry '{head}' is not sound")
        yield CatalogueEntry(code, severity, who, situation, message.strip(), fix.strip())  # type: ignore[arg-type]


_CATALOGUE: Mapping[str, CatalogueEntry] = {
    entry.code: entry for table in (DOCUMENT_TABLE, POSTING_TABLE, PAYMENT_TABLE) for entry in _parse_table(table)
}
