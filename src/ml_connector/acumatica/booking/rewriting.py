"""The body that changes a bill on hold to another plan (``acumatica_api.md 5.1``): its header fields, and of its rows
only those that differ. Pure.

A row sent with its ``id`` is changed, with ``delete`` removed, without an ``id`` added; one that is not sent stays.
Only figures and texts are changed in place: a row coded otherwise is removed and added anew, since what was left out
would keep its old value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ml_connector.acumatica import values
from ml_connector.acumatica.booking.forms import parse_bill_line, render_bill, render_line
from ml_connector.acumatica.contract import Contract
from ml_connector.acumatica.values import Row
from ml_connector.domain.protocol import same_line
from ml_connector.domain.values.bill import BillLine, BillPlan

# Never changed on a record that exists: the key, and what the whole record hangs on.
_FIXED = ("Type", "Vendor", "CurrencyID", "Details")


def render_rewriting(plan: BillPlan, record: Row, contract: Contract) -> dict[str, object]:
    """The fields beside the key that make the record, read with its rows, the bill of the plan; it stays on hold."""
    body = {name: value for name, value in render_bill(plan, contract).items() if name not in _FIXED}
    rows = _rewritten(plan.lines, values.details(record, "Details") or [], contract)
    return {**body, "Details": rows} if rows else body


def _rewritten(wanted: Sequence[BillLine], there: Sequence[Row], contract: Contract) -> list[Row]:
    left = {place: row for place, row in enumerate(there)}
    open_lines = [line for line in wanted if not _taken(left, line, in_full=True)]
    rows: list[Row] = []
    for line in open_lines:
        row = _taken(left, line, in_full=False)
        rendered = render_line(line, contract)
        rows.append(rendered if row is None else {"id": values.record_id(row), **rendered})
    return [*({"id": values.record_id(row), "delete": True} for row in left.values()), *rows]


def _taken(left: dict[int, Row], line: BillLine, *, in_full: bool) -> Row | None:
    """The first row left that is this line, or is coded like it; it is left no more."""
    wanted = line if in_full else _coding(line)
    for place, row in left.items():
        found = parse_bill_line(row)
        if same_line(wanted, found if in_full else _coding(found)) and _links(wanted) == _links(found):
            return left.pop(place)
    return None


def _coding(line: BillLine) -> BillLine:
    """The line without what is changed in place."""
    return replace(line, amount=0 * line.amount, quantity=None, unit_cost=None, description=None)


def _links(line: BillLine) -> tuple[object, ...]:
    return tuple(
        None if value is None else str(value).strip()
        for value in (line.po_number, line.po_line, line.receipt_number, line.receipt_line, line.inventory_id)
    )
