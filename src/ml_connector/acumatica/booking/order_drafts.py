"""What bills that are not released yet take of order lines, whoever made them: the orders' own figures move at release
(``ap_domain.md 7.1``), so nobody else tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from ml_connector.acumatica import filters
from ml_connector.acumatica.booking.forms import parse_bill
from ml_connector.acumatica.master_data.gaps import or_gap
from ml_connector.acumatica.reading import PLAIN, Reader, Shape
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.transport import TOO_LARGE
from ml_connector.domain.values.bill import Bill
from ml_connector.domain.values.master_data import Gap, OrderDraft
from ml_connector.errors import TransientError

_ALONE = (Shape(expand=("Details",)),)
_LINED = (*_ALONE, *PLAIN)
# What is left out is what the server need not send: statuses are looked at again here (8.1).
_MOST = ("Open", "Closed", "Voided")
_COUNTED = frozenset({*_MOST, "Pre-Released", "Under Reclassification", "Reserved", "Scheduled"})
_TAKING = frozenset({"Bill", "Credit Adj."})


def fetch_order_drafts(reader: Reader) -> tuple[OrderDraft, ...] | Gap:
    """A draft for each line of an unreleased bill that names an order line."""
    return or_gap("Drafts on order lines", lambda: tuple(_drafts(reader)))


def _drafts(reader: Reader) -> Iterator[OrderDraft]:
    for row in _fetch_unreleased(reader):
        bill = parse_bill(row)
        if bill.status in _COUNTED or bill.key.type not in _TAKING:
            continue
        # A list may show no lines, or none of those that there are (4.3).
        whole = bill if bill.lines or not bill.amount else _fetch_alone(reader, bill)
        yield from _of_bill(whole)


def _fetch_unreleased(reader: Reader) -> list[Row]:
    where = filters.all_of([filters.differs("Status", status) for status in _MOST])
    try:
        return reader.fetch_all("Bill", _LINED, where)
    except TransientError as error:
        if error.code != TOO_LARGE:
            raise
    return reader.fetch_all("Bill", where=where)


def _fetch_alone(reader: Reader, bill: Bill) -> Bill:
    row = reader.fetch_record("Bill", (bill.key.type, bill.key.number), _ALONE)
    # It was deleted meanwhile.
    return bill if row is None else parse_bill(row)


def _of_bill(bill: Bill) -> Iterator[OrderDraft]:
    for line in bill.lines or ():
        if line.po_number and line.po_line is not None:
            yield OrderDraft(
                bill=bill.key,
                order_type=line.po_type or "",
                order_number=line.po_number,
                line_number=line.po_line,
                amount=line.amount,
                quantity=line.quantity,
                description=bill.description,
            )
