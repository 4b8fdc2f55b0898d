"""Which entries of Acumatica belong to which claims of Stampli, within one invoice. Pure; the order of the input does
not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ml_connector.domain.matching.books import names_payment
from ml_connector.domain.matching.values import Claim, Entry

_NO_DAY = 10**6


@dataclass(slots=True)
class Pair:
    """One claim and the paid entries that answer it."""

    claim: Claim
    entries: list[Entry] = field(default_factory=list)


def pair_claims(claims: Sequence[Claim], paid: Sequence[Entry]) -> tuple[list[Pair], list[Entry]]:
    """Every claim with its entries, and the entries that answer none.

    Live claims choose first, by equal amount with the same reference, by equal amount on the nearest day, by amount and
    discount; what is left of both is told side by side. Then payments that failed or were voided take theirs, then
    those of unknown or scheduled status.
    """
    pairs = [Pair(claim) for claim in sorted(claims, key=claim_order)]
    left = list(paid)
    live = [pair for pair in pairs if pair.claim.live]
    for fits in (_same_payment, _same_amount, _same_with_discount):
        _take(live, left, fits)
    _share(live, left)
    others = [pair for pair in pairs if not pair.claim.live]
    for fits in (_same_payment, _same_amount):
        _take(sorted(others, key=_other_order), left, fits)
    if others and left and not live:
        sorted(others, key=_other_order)[0].entries.extend(left)
        left = []
    return pairs, left


def claim_order(claim: Claim) -> tuple[str, ...]:
    """A stable order: by day, payment, invoice and amount."""
    day = claim.payment.payment_date.isoformat() if claim.payment.payment_date else ""
    return (day, claim.payment.payment_id, claim.reference or "", f"{claim.amount:f}")


def _take(pairs: Sequence[Pair], left: list[Entry], fits: Callable[[Claim, Entry], bool]) -> None:
    for pair in pairs:
        if pair.entries:
            continue
        fitting = [entry for entry in left if fits(pair.claim, entry)]
        if fitting:
            nearest = min(fitting, key=lambda entry: _days_between(pair.claim, entry))
            pair.entries.append(nearest)
            left.remove(nearest)


def _share(live: Sequence[Pair], left: list[Entry]) -> None:
    """Claims and entries that fit none exactly, told side by side; the last claim gets what remains."""
    open_pairs = [pair for pair in live if not pair.entries]
    for pair in open_pairs[:-1]:
        if left:
            pair.entries.append(left.pop(0))
    if open_pairs:
        open_pairs[-1].entries.extend(left)
        left.clear()


def _same_payment(claim: Claim, entry: Entry) -> bool:
    return entry.amount == claim.amount and names_payment(entry.check, claim)


def _same_amount(claim: Claim, entry: Entry) -> bool:
    return entry.amount == claim.amount


def _same_with_discount(claim: Claim, entry: Entry) -> bool:
    return claim.amount + claim.discount == entry.amount + entry.discount


def _days_between(claim: Claim, entry: Entry) -> int:
    if claim.payment.payment_date is None or entry.check.dated_on is None:
        return _NO_DAY
    return abs((entry.check.dated_on - claim.payment.payment_date).days)


def _other_order(pair: Pair) -> tuple[int, tuple[str, ...]]:
    rank = {"voided": 0, "failed": 1, None: 2}.get(pair.claim.payment.status, 3)
    return rank, claim_order(pair.claim)
