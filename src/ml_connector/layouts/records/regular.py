"""The canonical form of documents about which nothing is odd, many at once.

What the long way of ``assembly`` would make of the same values; where it would judge, there is None.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import setitem

from ml_connector.layouts.layout import (
    APPLICATION_MEMBERS,
    INVOICE_MEMBERS,
    LINE_MEMBERS,
    PAYMENT_MEMBERS,
    FeedLayout,
    Place,
)
from ml_connector.layouts.records.assembly import Members, number_lines

Named = Iterable[tuple[str, Sequence[object]]]


class RegularForm:
    """Makes documents and lines of the values of their columns; ``members`` are those that a header states."""

    def __init__(self, feed: FeedLayout, members: Iterable[str]) -> None:
        self._payment = feed.document == "payment"
        self._own_vendor = "vendor_id" in members
        self.inner: Place = "applications" if self._payment else "lines"
        self._item: Members = dict.fromkeys(APPLICATION_MEMBERS if self._payment else (*LINE_MEMBERS, "custom"), None)
        self._document: Members = dict.fromkeys(PAYMENT_MEMBERS if self._payment else INVOICE_MEMBERS, None)

    def documents(self, count: int, columns: Named) -> list[Members]:
        """That many headers, a column a member."""
        return _filled(self._document, count, columns)

    def items(self, count: int, columns: Named) -> list[Members]:
        """That many lines or applications, a column a member."""
        items = _filled(self._item, count, columns)
        if not self._payment:
            _put(items, "custom", [{} for _ in items])
            for each in items:
                if each["kind"] is None:
                    each["kind"] = "item" if each["po_number"] else "expense"
        return items

    def document(self, values: Members, items: list[Members], *, unnumbered: bool) -> Members | None:
        """The whole document; None where the long way must judge. ``unnumbered``: a line may have no number."""
        if self._payment:
            vendors = {each["vendor_id"] for each in items}
            if not self._own_vendor and len(vendors) == 1:
                values["vendor_id"] = vendors.pop()
            values["applications"] = items
            return values
        if not values["total"] > 0:  # type: ignore[operator]
            return None
        if unnumbered:
            number_lines(items)
        values["kind"] = values["kind"] or "invoice"
        values["lines"], values["taxes"], values["attachments"], values["custom"] = items, [], [], {}
        return values


def _filled(template: Members, count: int, columns: Named) -> list[Members]:
    found = list(map(dict.copy, repeat(template, count)))
    for name, values in columns:
        _put(found, name, values)
    return found


def _put(items: list[Members], name: str, values: Iterable[object]) -> None:
    deque(map(setitem, items, repeat(name), values), maxlen=0)
