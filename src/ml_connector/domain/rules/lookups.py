"""From what an invoice says to the records it means: vendor, branch, currency, and the period to post to. Pure.

Shared by rules and resolution, so both see the same records. What cannot be found stays as the file has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from ml_connector.domain.codes import resolve_code, same_code
from ml_connector.domain.codes.renames import find_vendor
from ml_connector.domain.rules.facts import NON_PROJECT, Facts
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.master_data import SUBCONTRACT, Branch, PostPeriod, ProjectTask, PurchaseOrder, Vendor
from ml_connector.domain.values.money import UNSTATED

PeriodStatus = Literal["open", "inactive", "closed", "closed_in_ap", "locked", "absent", "unread"]
Orders = Mapping[tuple[str, str], PurchaseOrder]
# Labels of the order types, whose codes a file may carry (acumatica_api.md 7).
TYPE_LABELS = {
    "RO": "Normal",
    "DP": "Drop-Ship",
    "PD": "Project Drop-Ship",
    "BL": "Blanket",
    "SB": "Standard",
    "RS": SUBCONTRACT,
}
BOOKED_KINDS = frozenset({"expense", "item", "freight", "discount"})


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """The period asked for with its status, the period to post to (None: leave it to Acumatica, or there is none), and
    the periods passed over on the way, each with its status."""

    wanted: str | None
    status: PeriodStatus
    target: str | None
    passed: tuple[tuple[str, PeriodStatus], ...] = ()


def vendor_of(invoice: ApprovedInvoice, facts: Facts) -> Vendor | None:
    """The vendor record the invoice names by its code, or by one it had before; None where there is none."""
    return find_vendor(invoice.vendor_id, facts.snapshot)


def booked_lines(invoice: ApprovedInvoice) -> tuple[tuple[int, InvoiceLine], ...]:
    """The lines that become lines of the bill, each with its place among all lines from 1."""
    return tuple((place, line) for place, line in enumerate(invoice.lines, 1) if line.kind in BOOKED_KINDS)


def coded_lines(invoice: ApprovedInvoice, facts: Facts) -> tuple[tuple[int, InvoiceLine], ...]:
    """The booked lines whose coding is the invoice's own; an order that can be read codes its lines itself."""
    return tuple(
        (place, line)
        for place, line in booked_lines(invoice)
        if not (line.receipt_number or (line.po_number and known_orders(line, facts) is not None))
    )


def order_label(po_type: str | None) -> str | None:
    """The type's label: ``Normal`` for ``RO``; a text that is no code stays."""
    return TYPE_LABELS.get(po_type.strip().upper(), po_type.strip()) if po_type else None


def known_orders(line: InvoiceLine, facts: Facts) -> Orders | None:
    """The orders among which the line's is: those of its kind where it says one, else all; None where these cannot be
    read."""
    snapshot = facts.snapshot
    label = order_label(line.po_type)
    if label is not None:
        return snapshot.subcontracts if same_code(label, SUBCONTRACT) else snapshot.purchase_orders
    return None if snapshot.purchase_orders is None else snapshot.orders


def line_name(place: int, line: InvoiceLine) -> str:
    """How a message calls a line: by its number in the file, else by its place."""
    return line.line_number or str(place)


def booked_value(line: InvoiceLine) -> Decimal:
    """What a line adds to the bill: a discount is taken off, whatever its sign in the file."""
    return -abs(line.amount.amount) if line.kind == "discount" else line.amount.amount


def branch_record(code: str | None, facts: Facts) -> Branch | None:
    """The branch of that code; None where it is unknown or branches cannot be read."""
    if code is None or facts.snapshot.branches is None:
        return None
    return resolve_code(code, facts.snapshot.branches)


def branch_code(code: str | None, facts: Facts) -> str | None:
    """The branch's code as Acumatica has it; what is not found stays as it is."""
    record = branch_record(code, facts)
    return record.branch_id if record is not None else code


def header_branch(invoice: ApprovedInvoice, facts: Facts) -> str | None:
    """The originating branch: the invoice's, else the connection's, else that of most lines, else the only active one;
    None where none of these decides (``ap_domain.md`` 1.7)."""
    stated = invoice.branch or facts.policy.branch or _majority(line.branch for _, line in booked_lines(invoice))
    if stated is not None:
        return branch_code(stated, facts)
    active = [branch.branch_id for branch in (facts.snapshot.branches or {}).values() if branch.active]
    return active[0] if len(active) == 1 else None


def base_currency(invoice: ApprovedInvoice, facts: Facts) -> str | None:
    """The base currency of the invoice's company; None where it cannot be read."""
    branch = branch_record(header_branch(invoice, facts), facts)
    if branch is not None and branch.base_currency:
        return branch.base_currency
    known = {each.base_currency for each in (facts.snapshot.branches or {}).values() if each.base_currency}
    return known.pop() if len(known) == 1 else None


def currency_of(invoice: ApprovedInvoice, facts: Facts) -> str:
    """The currency to book in: the invoice's, else the vendor's, else the base currency, else ``UNSTATED`` (then
    Acumatica's default holds)."""
    vendor = vendor_of(invoice, facts)
    stated = invoice.currency.strip().upper() if invoice.currency else None
    return stated or (vendor.currency if vendor else None) or base_currency(invoice, facts) or UNSTATED


def is_project(code: str | None) -> bool:
    """Does the code name a job, and not the non-project code?"""
    return bool(code) and not same_code(code, NON_PROJECT)


def resolve_task(project_id: str, code: str, facts: Facts) -> ProjectTask | None:
    """The task of that project; by key first, since a tenant may have very many. None where there is none."""
    known = facts.snapshot.tasks or {}
    found = known.get((project_id, code))
    if found is not None:
        return found
    return resolve_code(code, {task_id: task for (owner, task_id), task in known.items() if owner == project_id})


def choose_period(invoice: ApprovedInvoice, facts: Facts) -> PeriodChoice:
    """The period to post to: the stated one, else the one of the invoice date; with ``closed_period = next_open`` the
    earliest open one not before it where it is closed (``ap_domain.md`` 1.5). Inactive and locked periods are never
    passed over by themselves."""
    if not facts.snapshot.periods:
        return PeriodChoice(invoice.post_period, "unread", invoice.post_period)
    periods = _company_periods(invoice, facts)
    if invoice.post_period is not None:
        wanted = next((period for period in periods if period.period == invoice.post_period), None)
    else:
        wanted = _period_of(invoice.invoice_date, periods)
    if wanted is None:
        return PeriodChoice(invoice.post_period, "absent", None)
    status = period_status(wanted)
    if status == "open":
        return PeriodChoice(wanted.period, status, wanted.period)
    if status not in ("closed", "closed_in_ap") or facts.policy.closed_period != "next_open":
        return PeriodChoice(wanted.period, status, None)
    return _next_open(wanted, periods)


def period_status(period: PostPeriod) -> PeriodStatus:
    """What posting to the period would meet; a label that is not known counts as inactive."""
    label = period.status.strip().casefold()
    if label == "open":
        return "closed_in_ap" if period.closed_in_ap else "open"
    if label == "closed":
        return "closed"
    return "locked" if label == "locked" else "inactive"


def _next_open(wanted: PostPeriod, periods: tuple[PostPeriod, ...]) -> PeriodChoice:
    passed: list[tuple[str, PeriodStatus]] = []
    for period in sorted(periods, key=lambda each: each.period):
        if period.period < wanted.period:
            continue
        status = period_status(period)
        if status == "open":
            return PeriodChoice(wanted.period, period_status(wanted), period.period, tuple(passed))
        passed.append((period.period, status))
    return PeriodChoice(wanted.period, period_status(wanted), None, tuple(passed))


def _company_periods(invoice: ApprovedInvoice, facts: Facts) -> tuple[PostPeriod, ...]:
    """Periods of the company of the bill's branch, else those of the whole tenant."""
    periods = facts.snapshot.periods or ()
    branch = branch_record(header_branch(invoice, facts), facts)
    own = tuple(period for period in periods if branch is not None and same_code(period.company_id, branch.company_id))
    return own or tuple(period for period in periods if period.company_id is None) or periods


def _period_of(day: date, periods: Iterable[PostPeriod]) -> PostPeriod | None:
    """The period a day lies in; adjustment periods, which have no days of their own, are left out."""
    dated = [period for period in periods if period.start_on is not None and period.start_on != period.end_on]
    if not dated:
        return next((period for period in periods if period.period == f"{day:%Y-%m}"), None)
    begun = [period for period in dated if period.start_on is not None and period.start_on <= day]
    last = max(begun, key=lambda period: period.start_on or day, default=None)
    if last is None or (last.end_on is not None and day > last.end_on):
        return None
    return last


def _majority(codes: Iterable[str | None]) -> str | None:
    """The code that more than half of the lines carry."""
    counts = Counter(codes)
    total = sum(counts.values())
    code, count = counts.most_common(1)[0] if counts else (None, 0)
    return code if code is not None and count * 2 > total else None
