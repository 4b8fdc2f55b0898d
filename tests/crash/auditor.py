"""The auditor: holds Acumatica's open books against the paper, to the cent. Imports nothing of the product and asks it
nothing; what is wrong comes back in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

AP_ACCOUNT = "20000"
_NOT_PAYABLE = ("On Hold", "Pending Approval", "Rejected")
# Only a release moves the ledger.
_NOT_RELEASED = (*_NOT_PAYABLE, "Balanced")

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """One approved invoice as it lies on the auditor's desk; ``kind`` is the AP document it must become."""

    vendor: str
    reference: str
    total: Decimal
    kind: str = "Bill"


def audit_books(
    papers: Sequence[Paper], bills: Sequence[Record], entries: Sequence[Record], *, status: str
) -> list[str]:
    """Everything that is wrong: an invoice with none or more than one live document, another amount, another status
    than ``status``, money in the ledger not exactly once, and anything that belongs to no invoice."""
    live = [bill for bill in bills if bill["Status"] != "Voided"]
    faults = [fault for paper in papers for fault in _audit_paper(paper, live, entries, status)]
    known = {(paper.vendor, paper.reference) for paper in papers}
    faults += [
        f"{_name(bill)} belongs to no invoice" for bill in live if (bill["Vendor"], bill["VendorRef"]) not in known
    ]
    documents = {_name(bill) for bill in live}
    strays = {entry["document"] for entry in entries} - documents
    return faults + [f"the ledger holds {document}, the books do not" for document in sorted(strays)]


def audit_payable(papers: Sequence[Paper], bills: Sequence[Record]) -> list[str]:
    """The least that must hold at every moment: no invoice has two documents on which money may leave."""
    faults = []
    for paper in papers:
        payable = [bill for bill in _documents_of(paper, bills) if bill["Status"] not in (*_NOT_PAYABLE, "Voided")]
        if len(payable) > 1:
            faults.append(f"{paper.reference} can be paid {len(payable)} times")
    return faults


def _audit_paper(paper: Paper, live: Sequence[Record], entries: Sequence[Record], status: str) -> list[str]:
    documents = _documents_of(paper, live)
    if len(documents) != 1:
        return [f"{paper.reference} has {len(documents)} documents: {', '.join(map(_name, documents))}"]
    (bill,) = documents
    facts = (bill["Type"], Decimal(bill["Amount"]), Decimal(bill["Balance"]), bill["Status"])
    wanted = (paper.kind, paper.total, paper.total, status)
    faults = [] if facts == wanted else [f"{paper.reference} is {facts}, not {wanted}"]
    return faults + _audit_ledger(paper, bill, entries)


def _audit_ledger(paper: Paper, bill: Record, entries: Sequence[Record]) -> list[str]:
    mine = [entry for entry in entries if entry["document"] == _name(bill)]
    debit = sum((Decimal(entry["debit"]) for entry in mine), Decimal(0))
    credit = sum((Decimal(entry["credit"]) for entry in mine), Decimal(0))
    side = "debit" if paper.kind == "Debit Adj." else "credit"
    payable = sum((Decimal(entry[side]) for entry in mine if entry["account"] == AP_ACCOUNT), Decimal(0))
    expected = Decimal(0) if bill["Status"] in _NOT_RELEASED else paper.total
    if debit == credit and payable == expected:
        return []
    return [
        f"{paper.reference}: ledger debits {debit}, credits {credit}, moves {payable} on {AP_ACCOUNT}, not {expected}"
    ]


def _documents_of(paper: Paper, bills: Sequence[Record]) -> list[Record]:
    return [bill for bill in bills if (bill["Vendor"], bill["VendorRef"]) == (paper.vendor, paper.reference)]


def _name(bill: Record) -> str:
    return f"{bill['Type']} {bill['ReferenceNbr']}"
