"""Financial periods: which one a day falls in, and whether a bill may post to it (``ap_domain.md`` 1.5)."""

from __future__ import annotations

import re
from datetime import date

from ml_connector_twins.acumatica.payables.changes import empty
from ml_connector_twins.acumatica.records.books import Books, Period

_TYPED = re.compile(r"^(\d{2})-?(\d{4})$")


def parse_period(text: str) -> str | None:
    """``MMYYYY`` from ``122023`` or ``12-2023``; None where the form is another (``acumatica_api.md`` 8.1)."""
    match = _TYPED.match(text.strip())
    return f"{match[1]}{match[2]}" if match else None


def shown_period(code: str) -> str:
    """``MM-YYYY`` as messages show it."""
    return f"{code[:2]}-{code[2:]}"


def default_period(books: Books, branch: str, on: date) -> str | None:
    """The period a bill of that day gets when none is sent: its own, if open; else none (H12)."""
    period = books.period_for(_company(books, branch), on)
    return period.code if period is not None and _is_open(books, period) else None


def period_fault(books: Books, branch: str, code: str) -> str | None:
    """Why a bill of that branch may not post to the period, or None."""
    if not code:
        return empty("Post Period")
    company = _company(books, branch)
    period = books.periods.get((company, code))
    if period is None:
        return f"Error: The {shown_period(code)} financial period does not exist for the {company} company."
    if period.status == "Inactive":
        return f"Error: The {shown_period(code)} financial period is inactive in the {company} company."
    if not _is_open(books, period):
        state = "locked" if period.status == "Locked" else "closed" if period.status == "Closed" else "closed in AP"
        return f"Error: The {shown_period(code)} financial period is {state} in the {company} company."
    return None


def day_fault(books: Books, branch: str, on: date) -> str | None:
    """Why a document may not carry that day: its period was never generated (H06)."""
    if books.period_for(_company(books, branch), on) is None:
        return f"Error: The financial period for {on.isoformat()} has not been generated."
    return None


def _company(books: Books, branch: str) -> str:
    found = books.branches.get(branch)
    return found.company if found is not None else ""


def _is_open(books: Books, period: Period) -> bool:
    if period.status in ("Inactive", "Locked"):
        return False
    closed = period.status == "Closed" or period.closed_in_ap
    # with the restriction off anybody may post to a closed period (GL_10_20_00)
    return not closed or not books.switches.on("restrict_closed_periods")
