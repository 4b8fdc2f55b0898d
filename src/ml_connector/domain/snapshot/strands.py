"""Rows that turned inactive, and the open invoices that name them: what an inactivation strands. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ml_connector.domain.codes import bare_code
from ml_connector.domain.snapshot import is_usable
from ml_connector.domain.values.feeds import Inactivation
from ml_connector.domain.values.invoice import ApprovedInvoice, InvoiceLine
from ml_connector.domain.values.records import FeedRow, InvoiceRecord

Rows = Mapping[str, FeedRow]
RENAMED = "renamed to "
_LINE_CODES: Mapping[str, Callable[[InvoiceLine], str | None]] = {
    "accounts": lambda line: line.account,
    "subaccounts": lambda line: line.subaccount,
    "BRANCH": lambda line: line.branch,
    "PROJECT": lambda line: line.project,
    "TASK": lambda line: f"{line.project}|{line.task}" if line.project and line.task else None,
    "COSTCODE": lambda line: line.cost_code,
    "ITEM": lambda line: line.inventory_id,
    "purchase_orders": lambda line: f"{line.po_number}|{line.po_line}" if line.po_number and line.po_line else None,
}


def turned_inactive(before: Rows, after: Rows) -> tuple[str, ...]:
    """The keys of rows that could be picked and no longer can; one that only has another code now is none."""
    return tuple(
        key
        for key, row in after.items()
        if key in before
        and is_usable(before[key])
        and not is_usable(row)
        and not row.get("InactiveReason", "").startswith(RENAMED)
    )


def find_stranded(
    feed: str, keys: Sequence[str], rows: Rows, invoices: Iterable[InvoiceRecord]
) -> tuple[Inactivation, ...]:
    """Each of these rows with its reason and the invoices that name it, by their codes of today."""
    wanted = {_name_of(feed, rows[key]): key for key in keys}
    found: dict[str, dict[str, InvoiceRecord]] = defaultdict(dict)
    for record in invoices:
        for name in _names_in(feed, record.invoice):
            if name in wanted:
                found[wanted[name]][record.posting.id] = record
    return tuple(Inactivation(key, _reason(rows[key]), tuple(found[key].values())) for key in keys)


def _reason(row: FeedRow) -> str:
    return row.get("InactiveReason") or ("nothing left to bill" if row.get("Closed") == "true" else "inactive")


def _names_in(feed: str, invoice: ApprovedInvoice) -> Iterator[tuple[str, str]]:
    """What an invoice names that a row of the feed could be, in the form of ``_name_of``."""
    if feed == "vendors":
        yield feed, _folded(invoice.vendor_id)
    if feed == "dimensions":
        yield "TERMS", _folded(invoice.terms)
        yield "BRANCH", _folded(invoice.branch)
    for kind, code_of in _LINE_CODES.items():
        if (kind == feed) or (feed == "dimensions" and kind.isupper()):
            yield from ((kind, _as_kept(kind, code_of(line))) for line in invoice.lines)


def _name_of(feed: str, row: FeedRow) -> tuple[str, str]:
    if feed == "dimensions":
        kind = row.get("Dimension", "")
        return kind, _as_kept(kind, row.get("Value"))
    if feed == "purchase_orders":
        return feed, _folded(f"{row.get('OrderNumber', '')}|{row.get('LineNumber', '')}")
    column = {"vendors": "VendorID", "accounts": "AccountID", "subaccounts": "SubaccountID"}.get(feed, "")
    return feed, _as_kept(feed, row.get(column))


def _as_kept(kind: str, code: str | None) -> str:
    return bare_code(code or "") if kind in ("subaccounts", "COSTCODE") else _folded(code)


def _folded(code: str | None) -> str:
    return (code or "").strip().casefold()
