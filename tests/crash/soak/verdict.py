"""What a soak left behind, judged from Acumatica's own books and the product's export of rows. Asks nobody anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.crash.auditor import Paper, Record, audit_books, audit_payable

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``booked`` invoices with one open bill, ``asked`` that wait for a person by the code of the reason (some with
    their bill), ``doubles`` bills on hold beside the open one, and every fault in words."""

    booked: int
    asked: Mapping[str, int]
    doubles: int
    faults: Sequence[str]


def judge_soak(
    papers: Sequence[Paper], rows: Sequence[Row], bills: Sequence[Record], entries: Sequence[Record], *, told: set[str]
) -> Verdict:
    """The auditor's word: each invoice booked once to the cent, or with a person for a stated reason; ``told`` are the
    numbers of invoices with a double on hold that the product itself names."""
    asking = {row["invoice_number"]: row for row in rows if row["state"] == "needs_attention"}
    held = _held_doubles(papers, bills)
    faults = audit_payable(papers, bills)
    faults += [f"{number} waits for a person without a reason" for number, row in asking.items() if not row["findings"]]
    untold = [bill for bill in held if _reference(bill) not in told | asking.keys()]
    faults += [f"nobody was told of {bill['ReferenceNbr']}, a double of {_reference(bill)}" for bill in untold]
    known = Counter(row["invoice_number"] for row in rows)
    faults += [
        f"{paper.reference} has {known[paper.reference]} rows" for paper in papers if known[paper.reference] != 1
    ]
    # An open bill is judged to the cent, whoever is asked about it.
    unbooked = asking.keys() - {_reference(bill) for bill in bills if bill["Status"] == "Open"}
    done = [paper for paper in papers if paper.reference not in unbooked]
    aside = {id(bill) for bill in held} | {id(bill) for bill in bills if _reference(bill) in unbooked}
    faults += audit_books(
        done,
        [bill for bill in bills if id(bill) not in aside],
        entries,
        status="Open",
    )
    reasons = Counter("+".join(sorted(each["code"] for each in row["findings"])) for row in asking.values())
    return Verdict(len(done), reasons, len(held), faults)


def _held_doubles(papers: Sequence[Paper], bills: Sequence[Record]) -> list[Record]:
    """The bills on hold of invoices that have one bill off hold too."""
    off_hold = {_reference(bill) for bill in bills if bill["Status"] == "Open"}
    ours = {paper.reference for paper in papers}
    return [bill for bill in bills if bill["Status"] == "On Hold" and _reference(bill) in off_hold & ours]


def _reference(bill: Record) -> str:
    return str(bill["VendorRef"])
