"""Looking bills up by vendor and reference, by marker and by the witness, over every type and status.

A read counts only where the witness shows in it (``posting_protocol.md 4.5``); what is found is judged elsewhere, at
least as widely as the server compares. Queries too long for one request are split.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from ml_connector.acumatica import filters
from ml_connector.acumatica.booking.forms import bill_key, parse_bill
from ml_connector.acumatica.reading import Reader, fits
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.domain.values.bill import Bill, BillKey, BillQuery, BillsFound


def look_bills(reader: Reader, queries: Sequence[BillQuery], witness: BillKey | None) -> BillsFound:
    """Headers of all bills that match any query, and the witness.

    Where the combined filter is refused or does not show the witness, each kind of clause is asked for on its own:
    a function in a filter may silently empty the whole answer (``acumatica_api.md 4.2``, E2).
    """
    clauses = [*_by_reference(queries), *_by_marker(queries)]
    try:
        found = _look(reader, clauses, witness)
    except ReadFault:
        found = BillsFound((), witness_seen=False)
    if found.witness_seen and witness is not None:
        return found
    references = _look(reader, _by_reference(queries), witness)
    try:
        markers = _look(reader, _by_marker(queries), witness)
    except ReadFault:
        markers = _look(reader, [filters.contains("Description", query.marker) for query in queries], witness)
    bills = {bill.id: bill for bill in (*found.bills, *references.bills, *markers.bills)}
    return BillsFound(tuple(bills.values()), references.witness_seen and markers.witness_seen)


def fetch_bills_like(
    reader: Reader, vendors: Sequence[str], references: Sequence[str], *, since: date, witness: BillKey | None
) -> tuple[Bill, ...]:
    """Headers of the bills of these vendors, and of those with one of these references at any vendor, dated since that
    day, some older ones perhaps. A site that refuses the day, or loses the witness by it, is asked without it."""
    clauses = [
        *(filters.equals("Vendor", vendor.strip()) for vendor in vendors),
        *(filters.equals("VendorRef", reference.rstrip()) for reference in references if reference.strip()),
    ]
    try:
        found = _look(reader, clauses, witness, filters.on_or_after("Date", since))
    except ReadFault:
        found = BillsFound((), witness_seen=False)
    return (found if found.witness_seen else _look(reader, clauses, witness)).bills


def _by_reference(queries: Sequence[BillQuery]) -> list[str]:
    """Vendor and reference; one without a reference would match every bill that has none."""
    return [
        f"{filters.equals('Vendor', query.vendor.strip())} and {filters.equals('VendorRef', query.vendor_ref.rstrip())}"
        for query in queries
        if query.vendor_ref.strip()
    ]


def _by_marker(queries: Sequence[BillQuery]) -> list[str]:
    return [filters.starts_with("Description", query.marker) for query in queries]


def _look(reader: Reader, clauses: Sequence[str], witness: BillKey | None, also: str | None = None) -> BillsFound:
    """As many requests as the length of a query asks for; each must show the witness. ``also`` must hold for every row
    but that."""
    shown = [filters.equals("ReferenceNbr", witness.number)] if witness is not None else []
    bills: dict[str, Bill] = {}
    seen = True
    for batch in _batches(clauses, [*shown, *([also] if also else [])]):
        wanted = batch if also is None else [filters.all_of([filters.any_of(batch), also]) or ""]
        rows = reader.fetch_all("Bill", where=filters.any_of([*wanted, *shown]))
        seen = seen and (witness is None or _shows(rows, witness))
        bills.update({bill.id: bill for bill in map(parse_bill, rows)})
    return BillsFound(tuple(bills.values()), seen)


def _batches(clauses: Sequence[str], shown: list[str]) -> Iterable[list[str]]:
    batch: list[str] = []
    for clause in clauses:
        if batch and not fits(filters.any_of([*batch, clause, *shown])):
            yield batch
            batch = []
        batch = [*batch, clause]
    if batch:
        yield batch


def _shows(rows: Iterable[Row], witness: BillKey) -> bool:
    return any(bill_key(row) == witness for row in rows)
