"""The sweep: the bills that changed since the last one, doubles, bills that are gone, and bills nobody here knows.

Once an hour within the invoices pass, or when asked for. It comes before posting: where our records or Acumatica's were
put back from a backup, nothing is posted before what is there is linked, or a person has looked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.protocol.sweeping import is_news
from ml_connector.domain.values.sweeping import SweepReport
from ml_connector.errors import ConnectorError, IntegrityError
from ml_connector.flows.catalog import PassReport
from ml_connector.flows.context import FlowContext
from ml_connector.flows.invoices.sweeping.find_missing import FEW, find_missing
from ml_connector.flows.invoices.sweeping.link_bills import find_strangers, link_bills
from ml_connector.flows.invoices.sweeping.look_beside import look_beside
from ml_connector.flows.invoices.sweeping.work import SweepWork

EVERY = timedelta(hours=1)
# What a save that began before the last look may have committed after it; and a site may read an instant by the clock
# of the session's zone (acumatica_api.md 4.4).
_OVERLAP = timedelta(days=1)
# How far look-alikes are told of (posting protocol, 8).
_FIRST_LOOK = timedelta(days=400)
_BEFORE_BACKUP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep leaves: its report (None: none was due), what stopped it or posting, and whether bills may be
    posted now."""

    report: SweepReport | None = None
    errors: tuple[ConnectorError, ...] = ()
    may_post: bool = True


def sweep_before_posting(context: FlowContext) -> Swept:
    """A sweep where one is due. Where it fails, posting goes on, but not while a restored backup is to be linked."""
    work = _begin(context)
    due = work.restored or work.state.swept_at is None or work.now - work.state.swept_at >= EVERY
    return _sweep(work) if due else _outcome(work, None)


def carry_sweep(context: FlowContext) -> PassReport:
    """One sweep now, as a pass of its own."""
    started_at = context.clock.now()
    swept = _sweep(_begin(context))
    report = swept.report
    touched = () if report is None else (*report.doubles, *report.missing, *report.back, *report.linked)
    return PassReport("sweep", started_at, context.clock.now(), invoices=touched, errors=swept.errors, sweep=report)


def _begin(context: FlowContext) -> SweepWork:
    state, mark = context.sweeps.load_sweep(), context.sweeps.load_restored()
    restored = mark is not None and (state.restored_at is None or state.restored_at < mark.restored_at)
    return SweepWork(context, state, context.clock.now(), restored, context.master_data.load_renames())


def _sweep(work: SweepWork) -> Swept:
    try:
        report = _look(work)
    except ConnectorError as error:
        failed = _outcome(work, None)
        return replace(failed, errors=(*work.errors, error, *failed.errors), may_post=failed.may_post)
    return _outcome(work, report)


def _look(work: SweepWork) -> SweepReport:
    context, mark = work.context, work.context.sweeps.load_restored()
    since = _since(work, mark.backup_at if mark is not None and work.restored else None)
    work.changed = context.steps.step("changed bills", lambda: context.erp.fetch_changed_bills(since), repeatable=True)
    known = context.sweeps.load_known([bill.key for bill in work.changed])
    work.news = {bill.key: bill for bill in work.changed if is_news(bill, known.get(bill.key))}
    link_bills(work)
    look_beside(work)
    lost = find_missing(work)
    restored_at = mark.restored_at if mark is not None and work.restored else work.state.restored_at
    changes = [bill.modified_at for bill in work.changed if bill.modified_at is not None]
    work.state = replace(
        work.state,
        swept_to=max([*changes, *([work.state.swept_to] if work.state.swept_to else [])], default=None),
        swept_at=work.now,
        restored_at=restored_at,
        stopped=_why_stopped(lost) or work.state.stopped,
    )
    context.sweeps.save_sweep(work.state, None, seen=work.changed, gone=work.gone)
    find_strangers(work)
    report = _report(work)
    context.sweeps.save_sweep(work.state, _note(context, report), gone=work.gone)
    work.restored = False
    return report


def _since(work: SweepWork, backup_at: datetime | None) -> datetime:
    swept_to = work.state.swept_to
    since = work.now - _FIRST_LOOK if swept_to is None else swept_to - _OVERLAP
    return since if backup_at is None else min(since, backup_at - _BEFORE_BACKUP - _OVERLAP)


def _why_stopped(lost: int) -> str | None:
    return f"{lost} posted bills are missing in Acumatica: was it restored?" if lost > FEW else None


def _report(work: SweepWork) -> SweepReport:
    return SweepReport(
        at=work.now,
        bills=len(work.changed),
        doubles=tuple(work.doubles),
        missing=tuple(work.missing),
        back=tuple(work.back),
        linked=tuple(work.linked),
        strangers=work.strangers,
        marked=tuple(work.marked),
        restored=work.restored,
        stopped=work.state.stopped,
    )


def _note(context: FlowContext, report: SweepReport) -> AuditNote | None:
    """An entry where a sweep found something; an idle one leaves none."""
    names = ("doubles", "missing", "back", "linked", "strangers", "marked")
    counts: dict[str, str | None] = {name: str(len(getattr(report, name))) for name in names if getattr(report, name)}
    if not counts and not report.restored:
        return None
    told = ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing to link"
    return AuditNote("sweep.found", context.terms.connection, f"swept {report.bills} bills: {told}", data=counts)


def _outcome(work: SweepWork, report: SweepReport | None) -> Swept:
    stopped = work.state.stopped
    if stopped is None:
        return Swept(report, tuple(work.errors), may_post=not work.restored)
    error = IntegrityError(
        f"{stopped} Nothing is posted.",
        fix="Look at the invoices named missing, and ask who restored Acumatica; then run connection check with "
        "--accept-sweep.",
        stage="sweep",
        code="posting.bills_missing",
    )
    return Swept(report, (*work.errors, error), may_post=False)
