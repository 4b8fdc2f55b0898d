"""Headers of bills for the sweep: those that changed since an instant, and those of some numbers.

What a list shows proves nothing by what it lacks; whether a bill is gone is asked by its key, elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from ml_connector.acumatica import filters
from ml_connector.acumatica.booking.forms import parse_bill
from ml_connector.acumatica.reading import Reader, Shape, fits
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.transport import TOO_LARGE
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.errors import TransientError

_CHANGED = "LastModifiedDateTime"
# All that a sweep looks at: a bill has ten times as many fields.
_FIELDS = (
    "Type",
    "ReferenceNbr",
    "Status",
    "Hold",
    "Vendor",
    "VendorRef",
    "Amount",
    "CurrencyID",
    "Date",
    "Description",
    _CHANGED,
)
_LEAN = (Shape(select=_FIELDS), Shape())
_SPAN_LEAST = timedelta(minutes=1)


def fetch_changed_bills(reader: Reader, since: datetime, now: datetime) -> tuple[Bill, ...]:
    """Every bill of any type and status changed after ``since``, also those dated after ``now``; in several spans of
    time where one answer could not hold them."""
    found = {bill.id: bill for bill in map(parse_bill, _fetch_span(reader, since, now, open_end=True))}
    return tuple(found.values())


def fetch_bills_of(reader: Reader, keys: Iterable[BillKey]) -> tuple[Bill, ...]:
    """Those of these bills that a list shows, and others of the same numbers."""
    rows: dict[str, Bill] = {}
    for clauses in _batches(
        [filters.equals("ReferenceNbr", number) for number in sorted({key.number for key in keys})]
    ):
        found = reader.fetch_all("Bill", _LEAN, filters.any_of(clauses), _FIELDS)
        rows.update({bill.id: bill for bill in map(parse_bill, found)})
    return tuple(rows.values())


def _fetch_span(reader: Reader, since: datetime, until: datetime, *, open_end: bool) -> list[Row]:
    """After ``since``, up to ``until`` unless the end is open."""
    ends = None if open_end else filters.modified_up_to(_CHANGED, until)
    where = filters.all_of([filters.modified_after(_CHANGED, since), ends])
    try:
        return reader.fetch_all("Bill", _LEAN, where, _FIELDS)
    except TransientError as error:
        if error.code != TOO_LARGE or until - since < _SPAN_LEAST:
            raise
    middle = since + (until - since) / 2
    earlier = _fetch_span(reader, since, middle, open_end=False)
    return [*earlier, *_fetch_span(reader, middle, until, open_end=open_end)]


def _batches(clauses: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for clause in clauses:
        if batch and not fits(filters.any_of([*batch, clause])):
            yield batch
            batch = []
        batch = [*batch, clause]
    if batch:
        yield batch
