"""Lists to code with that no contract tells: payment terms, the segments of the subaccount and their values."""

from __future__ import annotations

from datetime import timedelta

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.master_data.dac.classes import SEGMENT, SEGMENT_VALUE, TERMS
from ml_connector.acumatica.master_data.dac.reading import DacReader
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.master_data import Gap, PaymentTerms, Segment, SegmentValue
from ml_connector.errors import TransientError

_SUBACCOUNT = filters.equals("DimensionID", "SUBACCOUNT")
# The structure of a segmented key changes when a system is set up anew, lists to pick from a few times a year: passes
# that follow each other closely need not ask again. Connection check reads both at once.
_STRUCTURE_AGE_MAX = timedelta(hours=24)
_LIST_AGE_MAX = timedelta(minutes=55)
# Stored codes of VisibleTo: who may use the terms.
_FOR_VENDORS = {"AL": True, "VE": True, "CU": False, "DS": False}


def fetch_terms(reader: DacReader) -> tuple[PaymentTerms, ...] | Gap:
    """All payment terms (CS206500)."""
    try:
        rows = reader.fetch_kept(TERMS, _LIST_AGE_MAX)
    except TransientError as error:
        # A list that people only pick from is no reason to stop a pass: what was sent of it stays as it is.
        return Gap(f"Payment terms cannot be read now: {error.message}")
    return rows if isinstance(rows, Gap) else tuple(_terms(row) for row in rows)


def fetch_segments(reader: DacReader, *, with_values: bool) -> tuple[Segment, ...] | Gap:
    """The segments of the subaccount in their order (CS202000), with their values (CS203000) where they are asked
    for and can be read."""
    try:
        rows = reader.fetch_kept(SEGMENT, _STRUCTURE_AGE_MAX, _SUBACCOUNT)
        asked = with_values and not isinstance(rows, Gap)
        listed = reader.fetch_kept(SEGMENT_VALUE, _LIST_AGE_MAX, _SUBACCOUNT) if asked else None
    except TransientError as error:
        return Gap(f"Segments cannot be read now: {error.message}")
    if isinstance(rows, Gap):
        return rows
    found = [] if listed is None or isinstance(listed, Gap) else [_value(row) for row in listed]
    segments = (_segment(row, None if isinstance(listed, Gap) or listed is None else found) for row in rows)
    return tuple(sorted(segments, key=lambda segment: segment.number))


def _terms(row: Row) -> PaymentTerms:
    """Terms that only customers may use are none of ours."""
    code = values.required_text(row, "TermsID")
    return PaymentTerms(
        terms_id=code,
        description=values.text(row, "Descr") or code,
        for_vendors=_FOR_VENDORS.get(values.text(row, "VisibleTo") or "", True),
    )


def _segment(row: Row, listed: list[tuple[int, SegmentValue]] | None) -> Segment:
    number = _number(row)
    return Segment(
        number=number,
        description=values.text(row, "Descr") or "",
        length=values.whole(row, "Length") or 0,
        values=None if listed is None else tuple(value for place, value in listed if place == number),
    )


def _value(row: Row) -> tuple[int, SegmentValue]:
    value = SegmentValue(
        value=values.required_text(row, "Value"),
        description=values.text(row, "Descr") or "",
        active=values.flag(row, "Active") is not False,
    )
    return _number(row), value


def _number(row: Row) -> int:
    number = values.whole(row, "SegmentID")
    if number is None:
        raise values.unreadable("a segment has no number")
    return number
