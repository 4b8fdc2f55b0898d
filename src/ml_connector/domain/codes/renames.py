"""Records that were given another code: known by their identity, and followed by what still names the old code. Pure.

A code that another record has today means that record; a code is never guessed from a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol, TypeVar

from ml_connector.domain.codes import resolve_code, same_code, same_segmented_code
from ml_connector.domain.values.bill import BillLine, BillPlan
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.master_data import Snapshot, Vendor
from ml_connector.domain.values.payment import StampliPayment
from ml_connector.domain.values.renames import Rename, RenamedKind

# How long an invoice that still names the old code is booked under the new one (ap_domain.md 2.1).
KEPT_FOR = timedelta(days=366)
_SEGMENTED: frozenset[RenamedKind] = frozenset({"subaccount", "cost code"})
Renames = Sequence[Rename]
L = TypeVar("L", InvoiceLine, BillLine)


class _Identified(Protocol):
    @property
    def record_id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Code:
    """A record's code, for a task with its project."""

    text: str
    project: str | None = None


_Codes = Mapping[str, _Code]


def find_renames(before: Snapshot | None, now: Snapshot) -> tuple[Rename, ...]:
    """What was renamed since ``before``, and what ``before`` knew already and is not too old, each with the code of
    today; the last one last."""
    if before is None:
        return ()
    kept = [each for each in before.renames if now.read_at - each.seen_at <= KEPT_FOR]
    read = dict(_read_twice(before, now))
    fresh = [
        Rename(kind, code.text, codes[record].text, record, now.read_at, codes[record].project)
        for kind, (old_codes, codes) in read.items()
        for record, code in old_codes.items()
        if record in codes and not _is_same(kind, code.text, codes[record].text)
    ]
    again = {(each.kind, each.was, each.record_id) for each in fresh}
    known = [each for each in kept if (each.kind, each.was, each.record_id) not in again]
    if not known and not fresh:
        return ()
    taken = {kind: {_folded(code) for code in codes.values()} for kind, (_, codes) in read.items()}
    told = (_today(each, read[each.kind][1], taken[each.kind]) if each.kind in read else each for each in known + fresh)
    return tuple(each for each in told if not _is_same(each.kind, each.was, each.now))


def _today(rename: Rename, codes: _Codes, taken: Set[tuple[str, str]]) -> Rename:
    """The rename with what its record is called today, and whether another one has the old code."""
    code = codes.get(rename.record_id, _Code(rename.now, rename.project))
    reused = _folded(_Code(rename.was, code.project)) in taken
    return replace(rename, now=code.text, project=code.project, reused=reused)


def current_code(kind: RenamedKind, code: str, renames: Renames, *, project: str | None = None) -> str:
    """The code that the record has today which had ``code`` last; ``code`` itself where none was renamed so."""
    found = renamed(kind, code, renames, project=project)
    return code if found is None or found.reused else found.now


def find_vendor(code: str | None, snapshot: Snapshot | None) -> Vendor | None:
    """The vendor that a code of today or of before names; None where there is none."""
    if not code or snapshot is None:
        return None
    return resolve_code(current_code("vendor", code, snapshot.renames), snapshot.vendors)


def vendor_record_of(code: str | None, snapshot: Snapshot | None) -> str | None:
    """The id of the vendor's record that has exactly this code, or had it before."""
    if not code or snapshot is None:
        return None
    vendor = snapshot.vendors.get(code) or snapshot.vendors.get(current_code("vendor", code, snapshot.renames))
    return None if vendor is None else vendor.record_id


def renamed(kind: RenamedKind, code: str, renames: Renames, *, project: str | None = None) -> Rename | None:
    """The last rename of a record that had this code; of a task, in that project of today."""
    for each in reversed(renames):
        if (
            each.kind == kind
            and _is_same(kind, each.was, code)
            and (kind != "task" or same_code(each.project, project))
        ):
            return each
    return None


def follow_invoice(invoice: ApprovedInvoice, renames: Renames) -> ApprovedInvoice:
    """The invoice with every code as its record has it today."""
    if not renames:
        return invoice
    return replace(
        invoice,
        vendor_id=_current("vendor", invoice.vendor_id, renames),
        lines=tuple(_follow_line(line, renames) for line in invoice.lines),
    )


def follow_plan(plan: BillPlan, renames: Renames) -> BillPlan:
    """What was asked for, with every code as its record has it today: Acumatica rewrites its documents."""
    if not renames:
        return plan
    return replace(
        plan,
        vendor=current_code("vendor", plan.vendor, renames),
        lines=tuple(_follow_line(line, renames) for line in plan.lines),
    )


def follow_payment(payment: StampliPayment, renames: Renames) -> StampliPayment:
    """The payment with every vendor's code as its record has it today."""
    if not renames:
        return payment
    applications = tuple(
        replace(each, vendor_id=_current("vendor", each.vendor_id, renames)) for each in payment.applications
    )
    return replace(payment, vendor_id=_current("vendor", payment.vendor_id, renames), applications=applications)


def _follow_line(line: L, renames: Renames) -> L:
    project = _current("project", line.project, renames)
    return replace(
        line,
        account=_current("account", line.account, renames),
        subaccount=_current("subaccount", line.subaccount, renames),
        project=project,
        task=_current("task", line.task, renames, project=project),
        cost_code=_current("cost code", line.cost_code, renames),
    )


def _current(kind: RenamedKind, code: str | None, renames: Renames, *, project: str | None = None) -> str | None:
    return current_code(kind, code, renames, project=project) if code else code


def _read_twice(before: Snapshot, now: Snapshot) -> Iterator[tuple[RenamedKind, tuple[_Codes, _Codes]]]:
    """The codes before and now of each kind that was read both times."""
    for (kind, old_codes), (_, codes) in zip(_by_record(before), _by_record(now), strict=True):
        if old_codes is not None and codes is not None:
            yield kind, (old_codes, codes)


def _by_record(snapshot: Snapshot) -> Iterator[tuple[RenamedKind, _Codes | None]]:
    yield "vendor", _codes(snapshot.vendors)
    yield "account", _codes(snapshot.accounts)
    yield "subaccount", _codes(snapshot.subaccounts)
    yield "project", _codes(snapshot.projects)
    tasks = snapshot.tasks
    pairs = [(task.record_id, _Code(task_id, project)) for (project, task_id), task in (tasks or {}).items()]
    yield "task", None if tasks is None else _single(pairs)
    yield "cost code", _codes(snapshot.cost_codes)


def _codes(records: Mapping[str, _Identified] | None) -> _Codes | None:
    return None if records is None else _single([(record.record_id, _Code(code)) for code, record in records.items()])


def _single(pairs: Sequence[tuple[str, _Code]]) -> _Codes:
    """By record; an identity that two records share tells neither of them."""
    counts = Counter(record for record, _ in pairs)
    return {record: code for record, code in pairs if counts[record] == 1}


def _is_same(kind: RenamedKind, one: str, other: str) -> bool:
    return same_segmented_code(one, other) if kind in _SEGMENTED else same_code(one, other)


def _folded(code: _Code) -> tuple[str, str]:
    return (code.project or "").strip().casefold(), code.text.strip().casefold()
