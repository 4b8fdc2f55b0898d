"""What a dry run shows of an invoice: the requests that would be sent, and the entries its bill would make. Values."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """A request that would change something: method, path below the instance, decoded body (numbers exact)."""

    method: str
    path: str
    body: object


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One side of a booking, in the currency of its bill. What Acumatica itself will choose, such as the account of a
    tax, is None."""

    account: str | None
    subaccount: str | None
    branch: str | None
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class DraftedBooking:
    """What would become of one invoice now."""

    writes: tuple[PlannedWrite, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()
