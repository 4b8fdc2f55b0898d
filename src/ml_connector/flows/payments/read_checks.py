"""Read Acumatica's AP payments and keep them: what changed since the last look, with its applications.

One list of headers, then one request for each record that is new or changed (acumatica_api 7). Nothing is judged here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import Check
from ml_connector.flows.context import FlowContext

# Time stamps of the server are compared with some overlap (acumatica_api 4.4).
_OVERLAP = timedelta(hours=24)
_EARLIER = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class ChecksRead:
    """All AP payments that can concern our invoices as they are now, and the documents that those are about which are
    new or changed since the last look, before or after the change."""

    checks: tuple[Check, ...]
    touched: frozenset[BillKey] = frozenset()


def refresh_checks(context: FlowContext) -> ChecksRead:
    """Read what is new of AP payments and keep it."""
    known = {(check.type, check.number): check for check in context.payments.load_checks()}
    since = _since(context, tuple(known.values()))
    if since is None:
        return ChecksRead(tuple(known.values()))
    headers = context.steps.step("list checks", lambda: context.erp.fetch_check_headers(since), repeatable=True)
    changed = [header for header in headers if _is_news(header, known.get((header.type, header.number)))]
    touched: set[BillKey] = set()
    for number, header in enumerate(changed, start=1):
        context.progress.report("Reading payments from Acumatica", number, len(changed))
        check = _fetch(context, header)
        if check is not None:
            touched |= _documents(known.get((check.type, check.number))) | _documents(check)
            context.payments.save_checks([check])
            known[(check.type, check.number)] = check
    return ChecksRead(tuple(known.values()), frozenset(touched))


def _documents(check: Check | None) -> set[BillKey]:
    return {application.document for application in check.applications} if check is not None else set()


def _fetch(context: FlowContext, header: Check) -> Check | None:
    return context.steps.step(
        "read check", lambda: context.erp.fetch_check(header.type, header.number), repeatable=True
    )


def _is_news(header: Check, known: Check | None) -> bool:
    return known is None or header.modified_at is None or header.modified_at != known.modified_at


def _since(context: FlowContext, known: tuple[Check, ...]) -> datetime | None:
    """Since the newest record read so far; before the first, since the cut-over or a month before our first invoice.
    None while we have no invoice that could be paid."""
    stamps = [check.modified_at for check in known if check.modified_at is not None]
    if stamps:
        return max(stamps) - _OVERLAP
    first = context.terms.cut_over or _first_invoice_on(context)
    return None if first is None else datetime.combine(first, time(), UTC) - _OVERLAP


def _first_invoice_on(context: FlowContext) -> date | None:
    dates = [record.invoice.invoice_date for record in context.invoices.load_in()]
    return min(dates) - _EARLIER if dates else None
