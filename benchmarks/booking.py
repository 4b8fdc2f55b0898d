"""How many counted requests a booked bill costs: 200 bills in batches of 20, by the product's own pass, for each
``finish``, against the Acumatica twin.

All requests about bills count but the live checks before any is sent, their own witness among them; those and what else
a pass asks before it (master data) are told apart, and sign-in is left out. Prints a line a policy with its target
(``posting_protocol.md 11``).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ml_connector_twins.stampli.outgoing import ApprovedInvoice
from tests.firm import Firm, running_firm
from tests.papers import approved, overhead

BILLS = 200
PER_BILL_MAX = {"hold": 1.2, "balance": 2.2, "release": 3.2}
VENDORS = ("V10005", "V10013")
_ENTITIES = "/entity/Default/"
_FROM_A_DAY = "Date ge "
_SOME_BILL = "$top="
_SCHEMA = "$adHocSchema"
_SIGN_IN = ("/entity/auth/", "/identity/")


@dataclass(frozen=True, slots=True)
class Counts:
    """Counted requests of one pass: those that book bills, and the live checks before them."""

    bills: int
    before: int


def invoices(count: int) -> tuple[ApprovedInvoice, ...]:
    """Invoices of one line each, of a few vendors."""
    return tuple(
        approved(f"INV-{number:06d}", overhead(str(Decimal(100 + number))), vendor=VENDORS[number % len(VENDORS)])
        for number in range(count)
    )


def count_requests(requests: Sequence[Mapping[str, Any]]) -> Counts:
    """What the licence counts of a log of the twin, sign-in left out: polls and sign-in are not counted
    (``acumatica_api.md 3``)."""
    counted = [
        request for request in requests if request["counted"] and not any(path in request["path"] for path in _SIGN_IN)
    ]
    about_bills = [request for request in counted if _entity_of(request["path"]) == "Bill"]
    bills = [each for each, after in pairwise([*about_bills, None]) if each and not _is_check(each, after)]
    return Counts(len(bills), len(counted) - len(bills))


def measure(firm: Firm, count: int, *, first: int = 0) -> Counts:
    """One pass over so many new invoices from the ``first`` on, each of which must come to its end."""
    before = count_requests(firm.truth().requests)
    firm.drop_invoices(*invoices(first + count)[first:], name=f"approved_invoices_{first + 1}.csv")
    outcome = firm.sync()
    done = [row for row in outcome.document["invoices"] if row["state"] in ("posted", "on_hold")]
    assert (outcome.exit_code, len(done)) == (0, count), outcome.output
    after = count_requests(firm.truth().requests)
    return Counts(after.bills - before.bills, after.before - before.before)


def _is_check(request: Mapping[str, Any], after: Mapping[str, Any] | None) -> bool:
    """Is it the live check for look-alikes, of bills from a day on, or the read of its own witness right before it? No
    step of the protocol asks for a day, and each step reads a witness of its own."""
    return _asks_for_a_day(request) or (
        after is not None and unquote(request["query"]).startswith(_SOME_BILL) and _asks_for_a_day(after)
    )


def _asks_for_a_day(request: Mapping[str, Any]) -> bool:
    return _FROM_A_DAY in unquote(request["query"])


def _entity_of(path: str) -> str:
    """The entity a request is about; that its schema still has the fields of a bill is a live check of its own."""
    _, found, rest = path.partition(_ENTITIES)
    return rest.split("/")[1] if found and not rest.endswith(_SCHEMA) else ""


def main() -> int:
    """Measure and print."""
    for finish, per_bill_max in PER_BILL_MAX.items():
        with tempfile.TemporaryDirectory() as folder, running_firm(Path(folder), policy={"finish": finish}) as firm:
            counts = measure(firm, BILLS)
        per_bill = counts.bills / BILLS
        verdict = "ok" if per_bill <= per_bill_max else "OVER"
        what = f"counted requests per bill, finish = {finish}, {BILLS} bills"
        note = f"{counts.bills} requests about bills, {counts.before} live checks apart"
        print(f"{what:<57} {per_bill:6.3f}     at most {per_bill_max}   {verdict}   {note}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
