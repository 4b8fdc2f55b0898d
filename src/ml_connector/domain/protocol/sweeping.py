"""The sweep's judgement (posting protocol, 4.14): is a bill news, what lies beside the one bill of an invoice that is
done, and how that is told. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_connector.domain.codes import same_code
from ml_connector.domain.codes.renames import Renames, current_code
from ml_connector.domain.findings import finding_of, render_figure
from ml_connector.domain.keys import mark_in, reference_forms, same_reference
from ml_connector.domain.protocol.look_up import carries_mark, counted_bills, matching_bills
from ml_connector.domain.values.bill import Bill, BillKey, BillQuery, BillsFound
from ml_connector.domain.values.posting import Posting
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.problems import Finding, Severity

DOUBLE, GONE = "R15", "R16"
HELD_DOUBLE = "HELD DOUBLE - do not release"
_DESCRIPTION_MAX = 512
_NEAR_DAYS = 400
_HELD_STATUSES = frozenset({"On Hold", "Rejected"})
_DEAD_STATUSES = frozenset({"Voided", "Scheduled"})


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside an invoice's own bill: bills with our mark on hold and off it, and bills of others under its
    reference or one that looks like it."""

    held: tuple[Bill, ...] = ()
    payable: tuple[Bill, ...] = ()
    typed: tuple[Bill, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.held or self.payable or self.typed)


def query_of(record: InvoiceRecord, renames: Renames = ()) -> BillQuery:
    """What a look-up asks for an invoice: as it was booked, or as its document says, by today's vendor ID."""
    plan, invoice = record.posting.plan, record.invoice
    named = (plan.vendor if plan is not None else invoice.vendor_id) or ""
    vendor = current_code("vendor", named, renames)
    return BillQuery(vendor, (plan and plan.vendor_ref) or invoice.invoice_number or "", record.posting.marker)


def is_news(bill: Bill, known: Bill | None) -> bool:
    """Was this bill not seen before, or has changed in what makes it somebody's double? That it was released or paid
    since is none: what a person once said of it holds."""
    return known is None or _told(bill) != _told(known)


def is_own(posting: Posting, bill: Bill) -> bool:
    """Is this the bill of that posting? Its number alone is no proof: a restored company gives numbers again."""
    return bill.key == posting.bill and (bill.id == posting.bill_id or carries_mark(bill, posting.marker))


def looks_like(record: InvoiceRecord, bill: Bill, renames: Renames = ()) -> bool:
    """Could this bill without our mark be the same invoice, typed by somebody: same vendor and reference, or a
    reference that looks like it with the same amount within 400 days? Numbers a vendor gives anew in another year, for
    another amount, are none (L5)."""
    query, invoice = query_of(record, renames), record.invoice
    if bill.status in _DEAD_STATUSES or not same_code(bill.vendor, query.vendor):
        return False
    same_amount = bill.amount == invoice.total.amount
    days = abs((bill.dated_on - invoice.invoice_date).days) if bill.dated_on else 0
    if same_reference(bill.vendor_ref, query.vendor_ref):
        return same_amount or bill.dated_on is None or bill.dated_on.year == invoice.invoice_date.year
    near = reference_forms(bill.vendor_ref) & reference_forms(query.vendor_ref)
    return bool(near) and same_amount and days <= _NEAR_DAYS and _same_type(record, bill)


def judge_beside(
    record: InvoiceRecord, found: BillsFound, alike: Iterable[Bill] = (), *, renames: Renames = ()
) -> Beside:
    """What lies beside an invoice's own bill, by a fresh look-up; ``alike`` are bills of others that came since it was
    posted. Where the own bill was voided or reversed, such a bill takes its place and is none beside it."""
    posting, query = record.posting, query_of(record, renames)
    counted, shown = matching_bills(found, query)
    ours = [bill for bill in counted if carries_mark(bill, query.marker) and not is_own(posting, bill)]
    stands = any(is_own(posting, bill) for bill in counted)
    reversed_by = any(bill.key.type == "Debit Adj." for bill in shown)
    typed = [bill for bill in alike if stands and not reversed_by and not carries_mark(bill, query.marker)]
    return Beside(
        held=tuple(bill for bill in ours if bill.status in _HELD_STATUSES),
        payable=tuple(bill for bill in ours if bill.status not in _HELD_STATUSES),
        typed=tuple(typed),
    )


def live_bills(bills: Sequence[Bill], mark: str) -> tuple[Bill, ...]:
    """Those with that mark that count."""
    return counted_bills([bill for bill in bills if carries_mark(bill, mark)], mark)[0]


def may_be_marked(bill: Bill) -> bool:
    """Is this a bill on hold with a mark whose description does not say yet that it is a double?"""
    return bill.status == "On Hold" and HELD_DOUBLE not in bill.description and mark_in(bill.description) is not None


def describe_double(bill: Bill) -> str:
    """The description of a double on hold: the mark stays first, so that it is found as before."""
    mark = mark_in(bill.description) or ""
    rest = bill.description.strip().removeprefix(mark).strip()
    return " ".join(part for part in (mark, HELD_DOUBLE, rest) if part)[:_DESCRIPTION_MAX].rstrip()


def findings_for_beside(own: BillKey | None, beside: Beside) -> tuple[Finding, ...]:
    """R15 for each bill beside the own one."""
    stays = f"{own.type} {own.number} is the one" if own is not None else "the invoice is settled without it"
    held = [
        _double(bill, f"A second bill of this invoice lies on hold: {_named(bill)}.", f"Void it; {stays}.")
        for bill in beside.held
    ]
    payable = [
        _double(bill, f"A second bill of this invoice can be paid: {_named(bill)}.", f"Void or reverse it; {stays}.")
        for bill in beside.payable
    ]
    typed = [
        _double(
            bill,
            f"Possible double: somebody entered {_named(bill)}, under {bill.vendor_ref}.",
            "If it is this invoice, void or reverse one of the two; if not, accept it with a reason.",
            severity="review",
        )
        for bill in beside.typed
    ]
    return (*payable, *typed, *held)


def findings_for_missing(ref: BillKey) -> tuple[Finding, ...]:
    """R16 for a booked invoice whose bill is gone."""
    return (
        finding_of(
            GONE,
            "bill",
            expected=str(ref),
            message=f"{ref.type} {ref.number} of this invoice is missing in Acumatica.",
            fix="See who deleted it, or whether Acumatica was restored; then post it again or mark it as handled.",
        ),
    )


def _double(bill: Bill, message: str, fix: str, *, severity: Severity | None = None) -> Finding:
    return finding_of(DOUBLE, "bill", expected="1", found=str(bill.key), message=message, fix=fix, severity=severity)


def _named(bill: Bill) -> str:
    return f"{bill.key.type} {bill.key.number}, {render_figure(bill.amount)}, {bill.status}"


def _same_type(record: InvoiceRecord, bill: Bill) -> bool:
    return (bill.key.type == "Debit Adj.") == (record.invoice.kind == "credit_memo")


def _told(bill: Bill) -> tuple[object, ...]:
    return bill.id, bill.vendor, bill.vendor_ref, bill.amount, mark_in(bill.description), bill.status in _DEAD_STATUSES
