"""The auditor of the breaking machine: holds the world's ledger against the papers, and both against an export of our
store that plain SQLite reads. It imports nothing of the product and asks it nothing.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

MARK = "SX"
GONE = frozenset({"Voided", "Deleted"})
PAYABLE = frozenset({"Balanced", "Open", "Closed"})
ENDED = frozenset({"done", "linked", "closed"})
ASKED = frozenset({"person", "rejected"})
STATUS = {"hold": "On Hold", "balance": "Balanced", "release": "Open"}
_FORM = "ml-connector audit entry 1"

Row = Mapping[str, Any]
Book = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Paper:
    """One approved invoice on the auditor's desk: what it may be booked as, by vendor and reference; ``totals`` has the
    total of each version that was approved. ``canceled`` where Stampli took it back."""

    vendor: str
    reference: str
    totals: tuple[Decimal, ...]
    kind: str = "Bill"
    canceled: bool = False


@dataclass(slots=True)
class Verdict:
    """What is wrong, in words, by sort; and what is merely so: invoices before a person, bills of ours left on hold
    beside another."""

    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    cents: list[str] = field(default_factory=list)
    chain: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    held_doubles: int = 0

    def faults(self) -> list[str]:
        """Everything that must not be."""
        sorts = {"lost": self.lost, "twice": self.twice, "stuck": self.stuck, "cents": self.cents, "chain": self.chain}
        return [f"{sort}: {text}" for sort, texts in sorts.items() for text in texts]


@dataclass(frozen=True, slots=True)
class Export:
    """Our store as plain SQLite shows it."""

    invoices: Sequence[Row]
    entries: Sequence[Row]
    heads: Mapping[str, tuple[int, str]]
    payments: Sequence[Row] = ()


def export_store(path: Path) -> Export:
    """Read the store's file, without the product."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        heads = database.execute("select connection, sequence, hash from audit_head")
        return Export(
            invoices=_rows(database, "select * from invoice order by number"),
            entries=_rows(database, "select * from audit_entry order by connection, sequence"),
            heads={row["connection"]: (row["sequence"], row["hash"]) for row in heads},
            payments=_rows(database, "select * from payment order by number"),
        )


def audit(
    papers: Sequence[Paper], books: Sequence[Book], store: Export, *, finish: str, told: Sequence[Book] | None = None
) -> Verdict:
    """The whole judgement at the end of a schedule, when all is quiet. ``told`` are the rows of results that Stampli
    was sent, in their order; None where that was not asked for."""
    verdict = Verdict()
    for paper in papers:
        _audit_paper(paper, books, store, finish, verdict=verdict)
    known = {(paper.vendor, paper.reference) for paper in papers}
    strays = [book for book in books if _ours(book) and (book["Vendor"], book["VendorRef"]) not in known]
    verdict.lost += [f"{_name(book)} is ours and belongs to no invoice" for book in strays]
    verdict.chain += audit_chain(store)
    if told is not None:
        verdict.lost += audit_told(store, told)
    verdict.stuck += [f"payment {row['payment_id']} is {row['result']}" for row in store.payments if _waits(row, store)]
    return verdict


def audit_told(store: Export, told: Sequence[Book]) -> list[str]:
    """What Stampli was told last of each invoice that is done: booked, and as which bill."""
    last = {row["InvoiceNumber"]: (row["Result"], row["Bill"]) for row in told}
    faults = []
    for row in store.invoices:
        bill = f"{row['verified_type']}/{row['verified_number']}"
        said = last.get(row["invoice_number"], ("nothing", ""))
        if row["state"] == "done" and said not in (("POSTED", bill), ("HELD", bill), ("REJECTED", bill)):
            faults.append(f"{row['invoice_number']} is done as {bill}; Stampli was told {' '.join(said)}".rstrip())
    return faults


def audit_doubles(papers: Sequence[Paper], books: Sequence[Book]) -> list[str]:
    """The least that must hold at every moment: no invoice has two bills of ours that we made payable."""
    faults = []
    for paper in papers:
        payable = [book for book in _of(paper, books) if _ours(book) and book["Status"] in PAYABLE]
        if len(payable) > 1:
            faults.append(f"{paper.reference} can be paid {len(payable)} times: {', '.join(map(_name, payable))}")
    return faults


def _audit_paper(paper: Paper, books: Sequence[Book], store: Export, finish: str, *, verdict: Verdict) -> None:
    verdict.twice += audit_doubles([paper], books)
    mine = [book for book in _of(paper, books) if _ours(book) and book["Status"] not in GONE]
    rows = [
        row for row in store.invoices if (row["vendor_id"], row["invoice_number"]) == (paper.vendor, paper.reference)
    ]
    if len(rows) != 1:
        verdict.lost.append(f"{paper.reference} has {len(rows)} rows in our store")
        return
    (row,) = rows
    held = [book for book in mine if book["Status"] not in PAYABLE]
    if row["state"] == "done":
        verdict.held_doubles += max(0, len(mine) - 1)
        _audit_done(paper, row, books, finish, verdict=verdict)
    else:
        booked = row["verified_number"] is not None
        verdict.held_doubles += max(0, len(mine if booked else held) - 1)
    if row["state"] in ASKED:
        told = json.loads(row["findings"])
        verdict.asked.append(f"{paper.reference} {row['state']} {row['reason'] or ''}".rstrip())
        if not told and not row["reason"]:
            verdict.stuck.append(f"{paper.reference} is {row['state']} and nobody is told why")
    elif row["state"] == "closed" and not paper.canceled:
        verdict.lost.append(f"{paper.reference} is closed ({row['reason']}) and nobody canceled it")
    elif row["state"] not in ENDED:
        verdict.stuck.append(f"{paper.reference} stands in {row['state']}")


def _audit_done(paper: Paper, row: Row, books: Sequence[Book], finish: str, *, verdict: Verdict) -> None:
    """DONE means: the one bill that was verified is there, of the right sort and amount, and as far as it should."""
    name = f"{row['verified_type']} {row['verified_number']}"
    bills = [book for book in books if _name(book) == name]
    if not bills:
        verdict.lost.append(f"{paper.reference} is done as {name}, which the ledger does not hold")
        return
    (bill,) = bills
    if bill["Hand"] not in ("", "paid"):
        return
    facts = (bill["Vendor"], bill["VendorRef"], bill["Type"], bill["Status"])
    wanted = (paper.vendor, paper.reference, paper.kind, "Closed" if bill["Hand"] == "paid" else STATUS[finish])
    if facts != wanted:
        verdict.lost.append(f"{paper.reference} is done as {facts}, not {wanted}")
    amount = Decimal(bill["Amount"])
    if amount not in paper.totals or amount != Decimal(row["total"]):
        verdict.cents.append(
            f"{paper.reference}: the bill says {amount}, our row {row['total']}, the paper {paper.totals}"
        )


def audit_chain(store: Export) -> list[str]:
    """Each entry seals the one before it, and the head names the last; worked out anew from the rows."""
    faults = []
    last: dict[str, tuple[int, str]] = {}
    for row in store.entries:
        sequence, previous = last.get(row["connection"], (0, "0" * 64))
        if (row["sequence"], row["previous_hash"]) != (sequence + 1, previous) or row["hash"] != seal_of(row):
            faults.append(f"entry {row['sequence']} of {row['connection']} does not follow {sequence}")
        last[row["connection"]] = (row["sequence"], row["hash"])
    if last != dict(store.heads):
        faults.append(f"the heads are {dict(store.heads)}, the last entries {last}")
    written = {row["subject"] for row in store.entries}
    faults += [f"{row['id']} has no entry" for row in store.invoices if row["id"] not in written]
    return faults


def seal_of(row: Row) -> str:
    """The hash an entry should have, from its own facts (the form is that of the trail itself)."""
    digest = hashlib.sha256()
    for text in _facts(row):
        encoded = text.encode()
        digest.update(b"%d:" % len(encoded) + encoded)
    return digest.hexdigest()


def _facts(row: Row) -> Iterator[str]:
    at = datetime.fromisoformat(row["at"]).astimezone(UTC).isoformat(timespec="microseconds")
    yield from (_FORM, row["previous_hash"], str(row["sequence"]), row["connection"], at)
    yield from (row["event"], row["subject"], row["note"], row["actor"])
    for name, value in sorted(json.loads(row["data"]).items()):
        yield name
        yield "-" if value is None else f"={value}"


def _waits(payment: Row, store: Export) -> bool:
    """Is a payment without its match although every invoice is paid?"""
    return payment["result"] != "matched" and all(row["paid"] for row in store.invoices)


def _rows(database: sqlite3.Connection, query: str) -> list[Row]:
    return [dict(row) for row in database.execute(query)]


def _of(paper: Paper, books: Sequence[Book]) -> list[Book]:
    return [book for book in books if (book["Vendor"], book["VendorRef"]) == (paper.vendor, paper.reference)]


def _ours(book: Book) -> bool:
    return book["Description"].startswith(MARK)


def _name(book: Book) -> str:
    return f"{book['Type']} {book['ReferenceNbr']}"
