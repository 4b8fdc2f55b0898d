"""Read Acumatica's AP payments and keep them: what changed since the last look, with its applications.

One list of headers, then one request for each record that is new or changed (acumatica_api 7), the oldest change first:
where it ends half way, the next look begins before what was not read. A payment that was not released yet and is no
longer listed is looked for by its key, and forgotten where it was deleted. Nothing is judged here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.payment import Check
from ml_connector.errors import ConnectorError
from ml_connector.flows.context import FlowContext

# Time stamps of the server are compared with some overlap (acumatica_api 4.4).
_OVERLAP = timedelta(hours=24)
_EARLIER = timedelta(days=31)
# A payment in one of these can be voided, never deleted.
_KEPT_STATUSES = frozenset({"Open", "Closed", "Reserved", "Voided"})


@dataclass(frozen=True, slots=True)
class ChecksRead:
    """All AP payments that can concern our invoices as they are now, and the documents that those are about which are
    new or changed since the last look, before or after the change. ``error``: why not all that changed was read."""

    checks: tuple[Check, ...]
    touched: frozenset[BillKey] = frozenset()
    error: ConnectorError | None = None


def refresh_checks(context: FlowContext, *, keep: bool = True) -> ChecksRead:
    """Read what is new of AP payments and keep it; what is not kept is news to the next look as well."""
    known = {(check.type, check.number): check for check in context.payments.load_checks()}
    since = _since(context, tuple(known.values()))
    if since is None:
        return ChecksRead(tuple(known.values()))
    headers = context.steps.step("list checks", lambda: context.erp.fetch_check_headers(since), repeatable=True)
    listed = {(header.type, header.number) for header in headers}
    changed = [header for header in headers if _is_news(header, known.get((header.type, header.number)))]
    changed += [check for key, check in known.items() if key not in listed and _may_be_deleted(check, since)]
    touched: set[BillKey] = set()
    error: ConnectorError | None = None
    for number, header in enumerate(sorted(changed, key=_changed_at), start=1):
        context.progress.report("Reading payments from Acumatica", number, len(changed))
        try:
            touched |= _refresh(context, known, header, keep=keep)
        except ConnectorError as raised:
            error = raised
            break
    return ChecksRead(tuple(known.values()), frozenset(touched), error)


def _refresh(context: FlowContext, known: dict[tuple[str, str], Check], header: Check, *, keep: bool) -> set[BillKey]:
    """Read one payment anew, or drop it where it is gone; the documents it is or was about."""
    key = (header.type, header.number)
    before, check = known.get(key), _fetch(context, header)
    if check is not None:
        known[(check.type, check.number)] = check
        if keep:
            context.payments.save_checks([check])
    elif before is not None:
        del known[key]
        if keep:
            context.payments.forget_check(*key)
    return _documents(before) | _documents(check)


def _changed_at(check: Check) -> datetime:
    return check.modified_at or datetime.min.replace(tzinfo=UTC)


def _may_be_deleted(known: Check, since: datetime) -> bool:
    return known.status not in _KEPT_STATUSES and known.modified_at is not None and known.modified_at > since


def _documents(check: Check | None) -> set[BillKey]:
    return {application.document for application in check.applications} if check is not None else set()


def _fetch(context: FlowContext, header: Check) -> Check | None:
    return context.steps.step(
        "read check", lambda: context.erp.fetch_check(header.type, header.number), repeatable=True
    )


def _is_news(header: Check, known: Check | None) -> bool:
    return known is None or header.modified_at is None or header.modified_at != known.modified_at


def _since(context: FlowContext, known: tuple[Check, ...]) -> datetime | None:
    """Since the newest record read so far, or for a month since the oldest that is not released yet; before the first,
    since the cut-over or a month before our first invoice. None while we have no invoice that could be paid."""
    # A date in the future, of a clock that once ran ahead, must not hide what changes until then.
    dated = [check for check in known if check.modified_at is not None and check.modified_at <= context.clock.now()]
    if dated:
        newest = max(map(_changed_at, dated))
        pending = [_changed_at(check) for check in dated if check.status not in _KEPT_STATUSES]
        return max(min([newest, *pending]), newest - _EARLIER) - _OVERLAP
    first = context.terms.cut_over or _first_invoice_on(context)
    return None if first is None else datetime.combine(first, time(), UTC) - _OVERLAP


def _first_invoice_on(context: FlowContext) -> date | None:
    dates = [record.invoice.invoice_date for record in context.invoices.load_in()]
    return min(dates) - _EARLIER if dates else None
