"""The arithmetic of proof: every approved invoice and its bill, every payment on both sides, to the cent. Pure.

What is not explained shows as a residual; nothing is rounded or left out to make it vanish.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from ml_connector.domain.matching.values import PaymentLine
from ml_connector.domain.protocol import carries_mark, counted_bills
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.money import UNSTATED
from ml_connector.domain.values.posting import Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord

# Not payable without a further act of a person (ap_domain.md 1.2).
_HELD_STATUSES = frozenset({"On Hold", "Rejected"})
_IN_FLIGHT = frozenset({PostingState.READY, PostingState.INTENT, PostingState.UNCERTAIN})
_LEFT_OUT_REASONS = frozenset({"voided", "before_cut_over", "duplicate"})
_ZERO = Decimal(0)
# What each difference is in an accountant's words, what to do, and who can.
_WORDS: Mapping[str, tuple[str, str, str]] = {
    "missing": (
        "It was booked as {bills}, which is not in Acumatica any more.",
        "Find out who deleted or voided it before anything is booked again.",
        "controller",
    ),
    "twice": (
        "It stands in Acumatica as {bills}, and both can be paid.",
        "Hold the payment, and reverse the one that is too many.",
        "controller",
    ),
    "held_double": (
        "Beside its bill there is {bills} on hold.",
        "Delete it in Acumatica, or leave it on hold; it must never be released.",
        "ap",
    ),
    "amount_differs": (
        "It is booked as {bills} with another amount than was approved.",
        "Correct the bill in Acumatica, or the invoice in Stampli.",
        "ap",
    ),
    "not_posted": ("It has no bill: {reason}.", "See its findings with invoice show.", "ap"),
    "refused": ("It has no bill, since a person refused it: {reason}.", "Nothing to do, unless that was wrong.", "ap"),
    "in_flight": ("It is on its way into Acumatica.", "Run sync; it goes on by itself.", "ap"),
}


@dataclass(frozen=True, slots=True)
class Totals:
    """What both sides paid; ``difference`` is Acumatica less Stampli, ``explained`` the part of it that lines with a
    code, or on their way, account for."""

    stampli_paid: Decimal
    acumatica_paid: Decimal
    difference: Decimal
    explained: Decimal
    unexplained: Decimal


@dataclass(frozen=True, slots=True)
class ProofEntry:
    """One invoice named by the proof, with the bills it is about and its amount (credits negative)."""

    invoice_id: str
    vendor_id: str | None
    invoice_number: str | None
    amount: Decimal
    bills: tuple[BillKey, ...] = ()
    reason: str = ""


DifferenceCode = Literal["missing", "twice", "held_double", "amount_differs", "not_posted", "refused", "in_flight"]


@dataclass(frozen=True, slots=True)
class Difference:
    """Why an approved invoice and its bills do not agree one for one: ``expected`` as approved, ``found`` as booked,
    credits negative; in words, with what to do and who can."""

    code: DifferenceCode
    entry: ProofEntry
    expected: Decimal
    found: Decimal
    message: str
    fix: str
    who: str


@dataclass(frozen=True, slots=True)
class BookingProof:
    """One row of the proof, for one currency (operator contract, section 5); amounts of credits are negative.

    ``not_posted`` names the reasons; ``refused`` are those of them that a person refused for good. ``documents`` of
    ``files`` are the invoices received, ``left_out`` of them: not final, canceled, before the cut-over, or repeats;
    the rest is approved. ``differences`` types each that is not booked once with its amount.
    """

    currency: str
    approved: int = 0
    booked_once: int = 0
    in_flight: int = 0
    not_posted: tuple[ProofEntry, ...] = ()
    refused: tuple[ProofEntry, ...] = ()
    missing: tuple[ProofEntry, ...] = ()
    twice: tuple[ProofEntry, ...] = ()
    held_doubles: tuple[ProofEntry, ...] = ()
    approved_total: Decimal = _ZERO
    booked_total: Decimal = _ZERO
    in_flight_total: Decimal = _ZERO
    not_posted_total: Decimal = _ZERO
    files: int = 0
    documents: int = 0
    left_out: int = 0
    left_out_total: Decimal = _ZERO
    differences: tuple[Difference, ...] = ()

    @property
    def residual(self) -> Decimal:
        """Approved less booked, in flight and not posted: 0 where every invoice is accounted for."""
        return self.approved_total - self.booked_total - self.in_flight_total - self.not_posted_total


def tie_totals(lines: Iterable[PaymentLine]) -> Totals:
    """The totals of payment lines of one currency."""
    known = tuple(lines)
    stampli = sum((line.stampli for line in known), _ZERO)
    acumatica = sum((line.acumatica for line in known), _ZERO)
    explained = sum((line.difference for line in known if line.result != "matched"), _ZERO)
    return Totals(stampli, acumatica, acumatica - stampli, explained, acumatica - stampli - explained)


def prove_bookings(
    records: Iterable[InvoiceRecord],
    live_bills: Mapping[str, tuple[Bill, ...]],
    *,
    base_currency: str | None = None,
) -> tuple[BookingProof, ...]:
    """One row a currency. ``live_bills`` holds, by document key, the bills a fresh read showed with the posting's mark
    or under its number, of any status. An invoice without a currency counts in its bill's, else ``base_currency``."""
    rows: dict[str, _Row] = {}
    for record in records:
        bills = _own_bills(record.posting, live_bills.get(record.posting.key, ()))
        currency = record.invoice.currency or next((bill.currency for bill in bills if bill.currency), None)
        row = rows.setdefault(currency or base_currency or UNSTATED, _Row())
        row.documents += 1
        row.files.add(record.source.file_id)
        if _left_out(record.posting):
            row.left_out += 1
            row.add("left_out", _invoice_amount(record))
        else:
            _count(row, record, bills)
    return tuple(row.proof(currency) for currency, row in sorted(rows.items()) if row.approved)


@dataclass(slots=True)
class _Row:
    """The figures of one currency while they are added up."""

    approved: int = 0
    booked_once: int = 0
    in_flight: int = 0
    documents: int = 0
    left_out: int = 0
    files: set[str] = field(default_factory=set)
    differences: list[Difference] = field(default_factory=list)
    totals: dict[str, Decimal] = field(default_factory=dict)
    lists: dict[str, list[ProofEntry]] = field(default_factory=dict)

    def add(self, name: str, amount: Decimal) -> None:
        self.totals[name] = self.totals.get(name, _ZERO) + amount

    def differ(self, code: DifferenceCode, entry: ProofEntry, expected: Decimal, found: Decimal) -> None:
        message, fix, who = _WORDS[code]
        bills = " and ".join(f"{bill.type} {bill.number}" for bill in entry.bills) or "no bill"
        told = message.format(bills=bills, reason=entry.reason.rstrip("."))
        self.differences.append(Difference(code, entry, expected, found, told, fix, who))

    def name(self, kind: str, entry: ProofEntry) -> None:
        self.lists.setdefault(kind, []).append(entry)

    def proof(self, currency: str) -> BookingProof:
        lists = {name: tuple(entries) for name, entries in self.lists.items()}
        return BookingProof(
            currency,
            self.approved,
            self.booked_once,
            self.in_flight,
            not_posted=lists.get("not_posted", ()),
            refused=lists.get("refused", ()),
            missing=lists.get("missing", ()),
            twice=lists.get("twice", ()),
            held_doubles=lists.get("held_doubles", ()),
            approved_total=self.totals.get("approved", _ZERO),
            booked_total=self.totals.get("booked", _ZERO),
            in_flight_total=self.totals.get("in_flight", _ZERO),
            not_posted_total=self.totals.get("not_posted", _ZERO),
            files=len(self.files),
            documents=self.documents,
            left_out=self.left_out,
            left_out_total=self.totals.get("left_out", _ZERO),
            differences=tuple(self.differences),
        )


def _count(row: _Row, record: InvoiceRecord, bills: tuple[Bill, ...]) -> None:
    posting, amount = record.posting, _invoice_amount(record)
    row.approved += 1
    row.add("approved", amount)
    if posting.state is PostingState.LINKED:
        row.booked_once += 1
        booked = _bill_amount(bills[0]) if bills else amount
        row.add("booked", booked)
        if booked != amount:
            row.differ("amount_differs", _entry(record, booked, (posting.bill,)), amount, booked)
    elif bills and posting.state not in _IN_FLIGHT:
        _count_bills(row, record, bills)
    elif posting.state in _IN_FLIGHT:
        row.in_flight += 1
        row.add("in_flight", amount)
        row.differ("in_flight", _entry(record, amount, (posting.ref,)), amount, _ZERO)
    elif posting.verified_ref is not None or posting.state is PostingState.DONE:
        row.name("missing", _entry(record, amount, (posting.bill,)))
        row.differ("missing", _entry(record, amount, (posting.bill,)), amount, _ZERO)
    else:
        kind: DifferenceCode = "refused" if posting.state is PostingState.CLOSED else "not_posted"
        row.name(kind, _entry(record, amount, (posting.ref,)))
        row.add("not_posted", amount)
        row.differ(kind, _entry(record, amount, (posting.ref,)), amount, _ZERO)


def _count_bills(row: _Row, record: InvoiceRecord, bills: tuple[Bill, ...]) -> None:
    """An invoice with a live bill: our one, and what lies beside it."""
    own, amount = bills[0], _invoice_amount(record)
    payable = [bill for bill in bills[1:] if bill.status not in _HELD_STATUSES]
    held = [bill for bill in bills[1:] if bill.status in _HELD_STATUSES]
    if payable:
        keys = tuple(bill.key for bill in (own, *payable))
        row.name("twice", _entry(record, _bill_amount(own), keys))
        both = sum((_bill_amount(bill) for bill in (own, *payable)), _ZERO)
        row.differ("twice", _entry(record, both, keys), amount, both)
    else:
        row.booked_once += 1
    if held:
        beside = _entry(record, _bill_amount(held[0]), tuple(bill.key for bill in held))
        row.name("held_doubles", beside)
        row.differ("held_double", beside, _ZERO, sum((_bill_amount(bill) for bill in held), _ZERO))
    if not payable and _bill_amount(own) != amount:
        row.differ("amount_differs", _entry(record, _bill_amount(own), (own.key,)), amount, _bill_amount(own))
    row.add("booked", sum((_bill_amount(bill) for bill in (own, *payable)), _ZERO))


def _own_bills(posting: Posting, bills: tuple[Bill, ...]) -> tuple[Bill, ...]:
    """Live bills of this posting: the one on record first, then payable ones, then those on hold."""
    refs = (posting.verified_ref, posting.ref)
    counted = counted_bills(bills, posting.marker)[0]
    own = [bill for bill in counted if bill.key in refs or carries_mark(bill, posting.marker)]
    return tuple(sorted(own, key=lambda bill: (bill.key not in refs, bill.status in _HELD_STATUSES, bill.key.number)))


def _left_out(posting: Posting) -> bool:
    """Not final, before the cut-over, voided, or a repeat of another one."""
    if posting.state is PostingState.WAITING:
        return True
    return posting.state is PostingState.CLOSED and posting.reason in _LEFT_OUT_REASONS


def _entry(record: InvoiceRecord, amount: Decimal, bills: tuple[BillKey | None, ...]) -> ProofEntry:
    finding = next((each for each in record.findings if each.severity in ("stop", "review")), None)
    posting = record.posting
    reason = finding.message if finding is not None else posting.reason or posting.state.value
    return ProofEntry(
        invoice_id=posting.id,
        vendor_id=record.invoice.vendor_id,
        invoice_number=record.invoice.invoice_number,
        amount=amount,
        bills=tuple(bill for bill in bills if bill is not None),
        reason=reason,
    )


def _invoice_amount(record: InvoiceRecord) -> Decimal:
    amount = record.invoice.total.amount
    return -amount if record.invoice.kind == "credit_memo" else amount


def _bill_amount(bill: Bill) -> Decimal:
    return -bill.amount if bill.key.type == "Debit Adj." else bill.amount
