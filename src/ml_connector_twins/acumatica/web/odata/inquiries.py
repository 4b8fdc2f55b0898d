"""Generic inquiries exposed by OData: three that a customer would publish for a connector (``acumatica_api.md`` 9).

Strings may come padded with blanks; parameters that are wrong or left out are ignored without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.values import Value
from ml_connector_twins.acumatica.web.odata.dacs import Dac, Record, dac_named

_PAD_WIDTH = 12
_CALL = re.compile(r"^(?P<name>.+)_WithParameters\((?P<given>.*)\)$")
_GIVEN = re.compile(r"(\w+)='((?:[^']|'')*)'")


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One exposed inquiry: its title, the class it reads, its columns by caption, and its parameters by caption."""

    title: str
    dac: str
    columns: Mapping[str, str]
    parameters: Mapping[str, str]

    @property
    def source(self) -> Dac:
        """The class the inquiry reads."""
        found = dac_named(self.dac)
        if found is None:
            raise KeyError(self.dac)
        return found

    @property
    def fields(self) -> dict[str, str]:
        """Edm types by caption."""
        return {caption: self.source.fields[name] for caption, name in self.columns.items()}


INQUIRIES: tuple[Inquiry, ...] = (
    Inquiry(
        "ML Segment Values",
        "SegmentValue",
        {
            "SegmentedKeyID": "DimensionID",
            "SegmentID": "SegmentID",
            "Value": "Value",
            "Description": "Descr",
            "Active": "Active",
        },
        {"SegmentedKey": "DimensionID"},
    ),
    Inquiry(
        "ML Credit Terms",
        "Terms",
        {"TermsID": "TermsID", "Description": "Descr", "DueDay1": "DayDue00", "DiscountDay": "DayDisc"},
        {},
    ),
    Inquiry(
        "ML PO Lines",
        "POLine",
        {
            "OrderType": "OrderType",
            "OrderNbr": "OrderNbr",
            "LineNbr": "LineNbr",
            "BilledQty": "BilledQty",
            "UnbilledQty": "UnbilledQty",
            "UnbilledAmount": "CuryUnbilledAmt",
        },
        {"OrderNbr": "OrderNbr"},
    ),
)
"""Every exposed inquiry; which of them are is the switch ``gi_exposed``."""


def inquiry_named(text: str) -> tuple[Inquiry, dict[str, str]] | None:
    """The inquiry a URL names, and the parameters given with ``_WithParameters(p='x')``."""
    call = _CALL.match(text)
    title = call["name"] if call else text
    given = {name: value.replace("''", "'") for name, value in _GIVEN.findall(call["given"])} if call else {}
    for inquiry in INQUIRIES:
        if title in (inquiry.title, inquiry.title.replace(" ", "")):
            return inquiry, given
    return None


def inquiry_rows(books: Books, inquiry: Inquiry, given: Mapping[str, str]) -> list[Record]:
    """The rows; a parameter that does not exist changes nothing (9 [L])."""
    wanted = {inquiry.parameters[name]: value for name, value in given.items() if name in inquiry.parameters}
    rows = [
        record
        for record in inquiry.source.rows(books)
        if all(str(record[name]).casefold() == value.casefold() for name, value in wanted.items())
    ]
    padded = books.switches.on("gi_padding")
    return [
        {caption: _shown(record[name], padded=padded) for caption, name in inquiry.columns.items()} for record in rows
    ]


def _shown(value: Value, *, padded: bool) -> Value:
    return f"{value:<{_PAD_WIDTH}}" if padded and isinstance(value, str) else value
