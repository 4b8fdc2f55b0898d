"""Looking bills up by vendor and reference, by marker and by the witness, over every type and status.

A read counts only where the witness shows in it (``posting_protocol.md 4.5``); what is found is judged elsewhere, at
least as widely as the server compares. Queries too long for one request are split. Lines come with the list where the
site's lists show them (``posting_protocol.md 11``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.booking.forms import bill_key, parse_bill
from ml_connector.acumatica.booking.list_ways import ListWays
from ml_connector.acumatica.marking import holds_mark
from ml_connector.acumatica.reading import PLAIN, Reader, Shape, fits
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.acumatica.wire.transport import TOO_LARGE
from ml_connector.domain.values.bill import Bill, BillKey, BillQuery, BillsFound
from ml_connector.errors import TransientError

# What is sent has no tax details, and the tax of a bill stands in its heading: the fewer a site must join, the better.
_LINED = Shape(expand=("Details",))
# Enough for the filter of twenty bills, and below what proxies take as the first line of a request.
_LONG_CHARACTERS_MAX = 6_000
# Says nothing of the length of what was asked.
_NOT_OF_LENGTH = frozenset({"acumatica.limited", "acumatica.signed_out", "acumatica.busy", TOO_LARGE})
# Bills read by key to learn whether a list shows the lines they have.
_COMPARED_MAX = 2
# More than a batch of bills with its witness.
_MORE_ROWS = 100


@dataclass(frozen=True, slots=True)
class _Asked:
    """How one look-up is sent: in requests of at most so many characters, with lines or without; ``also`` must hold for
    every row but the witness."""

    characters_max: int
    lines: bool = False
    also: tuple[str, ...] = ()


class BillLists:
    """Lists of bills of one tenant."""

    def __init__(self, reader: Reader, ways: ListWays, *, mark_attribute: str = "") -> None:
        self._reader = reader
        self._attribute = mark_attribute
        self._ways = ways
        self._seen: set[str] = set()
        self._asked_for_more = False

    def look_bills(self, queries: Sequence[BillQuery], witness: BillKey | None, *, lines: bool) -> BillsFound:
        """All bills that match any query, and the witness; with their lines where they are asked for and this site's
        lists show them.

        Where the combined filter is refused or does not show the witness, each kind of clause is asked for on its own:
        a function in a filter may silently empty the whole answer (``acumatica_api.md 4.2``, E2).
        """
        lines = lines and self._ways.shows_lines() is not False
        short = _Asked(filters.QUERY_CHARACTERS_MAX, lines)
        found = None
        if witness is None:
            # Without bills there is no longer list to be seen, and nothing shows that a filter was understood.
            self._asked_for_more = True
        else:
            if lines:
                self._see_longer_than(len(queries) + 1)
            found = self._look_combined([*_by_reference(queries), *self._by_marker(queries)], witness, short)
            if found.witness_seen:
                return found
        references = self._look(_by_reference(queries), witness, short)
        try:
            markers = self._look(self._by_marker(queries), witness, short)
        except ReadFault:
            substrings = [filters.contains("Description", query.marker) for query in queries]
            markers = self._look([*substrings, *self._in_attribute(queries)], witness, short)
        combined = () if found is None else found.bills
        bills = {bill.id: bill for bill in (*combined, *references.bills, *markers.bills)}
        return BillsFound(tuple(bills.values()), references.witness_seen and markers.witness_seen)

    def fetch_bills_like(
        self, vendors: Sequence[str], references: Sequence[str], *, since: date, witness: BillKey | None
    ) -> tuple[Bill, ...]:
        """Headers of the bills of these vendors, and of those with one of these references at any vendor, dated since
        that day, some older ones perhaps. A site that refuses the day, or loses the witness by it, is asked without
        it."""
        clauses = [
            *(filters.equals("Vendor", vendor.strip()) for vendor in vendors),
            *(filters.equals("VendorRef", reference.rstrip()) for reference in references if reference.strip()),
        ]
        short = _Asked(filters.QUERY_CHARACTERS_MAX)
        try:
            found = self._look(clauses, witness, replace(short, also=(filters.on_or_after("Date", since),)))
        except ReadFault:
            found = BillsFound((), witness_seen=False)
        return (found if found.witness_seen else self._look(clauses, witness, short)).bills

    def _look_combined(self, clauses: Sequence[str], witness: BillKey, short: _Asked) -> BillsFound:
        """Both kinds of clauses together: in one request longer than every server takes where one that all take does
        not hold them, else in several. Where the long one alone was refused, no other is sent."""
        refused = False
        if self._ways.takes_long_filters() and len(list(_split(clauses, _shown(witness), short))) > 1:
            try:
                found = self._look(clauses, witness, _Asked(_LONG_CHARACTERS_MAX, short.lines))
                if found.witness_seen:
                    return found
            except TransientError as error:
                if error.code in _NOT_OF_LENGTH:
                    raise
                refused = True
        try:
            found = self._look(clauses, witness, short)
        except ReadFault:
            return BillsFound((), witness_seen=False)
        if refused and found.witness_seen and (not short.lines or self._ways.shows_lines()):
            self._ways.keep_long_filters_refused()
        return found

    def _look(self, clauses: Sequence[str], witness: BillKey | None, asked: _Asked) -> BillsFound:
        """As many requests as the length of a query asks for; each must show the witness."""
        bills: dict[str, Bill] = {}
        seen = True
        for where in _split(clauses, _shown(witness), asked):
            rows = self._fetch(where, asked)
            seen = seen and (witness is None or _shows(rows, witness))
            bills.update({bill.id: bill for bill in map(parse_bill, rows)})
        self._seen.update(bills)
        return BillsFound(tuple(bills.values()), seen)

    def _fetch(self, where: str, asked: _Asked) -> list[Row]:
        if not asked.lines:
            return self._reader.fetch_all("Bill", where=where)
        # Whether lists show lines is never learnt from a long request: its length may be what is refused.
        shapes = (_LINED,) if asked.characters_max == _LONG_CHARACTERS_MAX else (_LINED, *PLAIN)
        try:
            rows = self._reader.fetch_all("Bill", shapes, where)
        except TransientError as error:
            if error.code != TOO_LARGE:
                raise
            return self._reader.fetch_all("Bill", where=where)
        if not self._ways.shows_lines() or not any("Details" in row for row in rows):
            self._learn(rows)
        return rows

    def _learn(self, rows: Sequence[Row]) -> None:
        """Does a list show the lines that a bill has when it is read by its key? Nothing is learnt of bills that have
        none."""
        if rows and not any("Details" in row for row in rows):
            self._ways.keep_shows_lines(False)
            return
        for row in rows[:_COMPARED_MAX]:
            key = bill_key(row)
            alone = self._reader.fetch_record("Bill", (key.type, key.number), (_LINED,))
            if alone is not None and values.details(alone, "Details"):
                self._ways.keep_shows_lines(bool(values.details(row, "Details")))
                return

    def _by_marker(self, queries: Sequence[BillQuery]) -> list[str]:
        """The mark in the description, and in the attribute where one is named: older bills keep it there."""
        described = [filters.starts_with("Description", query.marker) for query in queries]
        return [*described, *self._in_attribute(queries)]

    def _in_attribute(self, queries: Sequence[BillQuery]) -> list[str]:
        return [holds_mark(self._attribute, query.marker) for query in queries] if self._attribute else []

    def _see_longer_than(self, count: int) -> None:
        """An answer as long as the longest seen may have been cut, which costs a request each time. One read of more
        bills ends that, where there are more: once a session, and again when that many were seen."""
        if self._reader.longest > count or (self._asked_for_more and len(self._seen) <= count):
            return
        self._asked_for_more = True
        self._reader.fetch_some("Bill", _MORE_ROWS)


def _by_reference(queries: Sequence[BillQuery]) -> list[str]:
    """Vendor and reference; one without a reference would match every bill that has none."""
    return [
        f"{filters.equals('Vendor', query.vendor.strip())} and {filters.equals('VendorRef', query.vendor_ref.rstrip())}"
        for query in queries
        if query.vendor_ref.strip()
    ]


def _shown(witness: BillKey | None) -> list[str]:
    return [filters.equals("ReferenceNbr", witness.number)] if witness is not None else []


def _split(clauses: Sequence[str], shown: list[str], asked: _Asked) -> Iterable[str]:
    """Filters of as many clauses as fit into one request with all that is sent in it, so that there are few."""
    batch: list[str] = []
    for clause in clauses:
        longer = _one_filter([*batch, clause], shown, asked)
        if batch and not fits(longer, _beside_filter(asked), characters_max=asked.characters_max):
            yield _one_filter(batch, shown, asked)
            batch = []
        batch = [*batch, clause]
    if batch:
        yield _one_filter(batch, shown, asked)


def _one_filter(batch: list[str], shown: list[str], asked: _Asked) -> str:
    wanted = [filters.all_of([filters.any_of(batch), *asked.also]) or ""] if asked.also else batch
    return filters.any_of([*wanted, *shown])


def _beside_filter(asked: _Asked) -> int:
    """How many characters the other options of the request take."""
    return len(f"&{filters.encode_query(_LINED.options())}") if asked.lines else 0


def _shows(rows: Iterable[Row], witness: BillKey) -> bool:
    return any(bill_key(row) == witness for row in rows)
