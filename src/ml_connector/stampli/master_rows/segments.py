"""The segments of the subaccount as dimensions of their own, ``SEGMENT1`` and on. Pure.

For a customer who codes by segment and gets no feed of whole subaccounts (``ap_domain.md 2.3``). The values are
Acumatica's own list where it can be read, else those that active subaccounts have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ml_connector.domain.coding_lists import subaccount_refusal
from ml_connector.domain.values.master_data import Snapshot
from ml_connector.stampli.master_rows.dimensions import dimension_row
from ml_connector.stampli.master_rows.ledgers import segment_lengths, split_subaccount

Cells = Mapping[str, object]


def segment_rows(snapshot: Snapshot, lengths: tuple[int, ...]) -> Mapping[str, Cells]:
    """One row an active value of a segment, by ``SEGMENTn|Value``; none where codes cannot be taken apart."""
    values = {(number, value): description for number, value, description in _values(snapshot, lengths)}
    return {
        f"SEGMENT{number}|{value}": dimension_row(f"SEGMENT{number}", value, description)
        for (number, value), description in values.items()
    }


def segment_reasons(snapshot: Snapshot) -> Mapping[str, str]:
    """Why a value that is still listed may not be picked, by ``SEGMENTn|Value``."""
    return {
        f"SEGMENT{segment.number}|{each.value}": "inactive"
        for segment in snapshot.segments or ()
        for each in segment.values or ()
        if not each.active
    }


def _values(snapshot: Snapshot, lengths: tuple[int, ...]) -> Iterator[tuple[int, str, str]]:
    listed = [segment for segment in snapshot.segments or () if segment.values is not None]
    for segment in listed:
        yield from ((segment.number, each.value, each.description) for each in segment.values or () if each.active)
    told = segment_lengths(snapshot)
    for subaccount in (snapshot.subaccounts or {}).values() if not listed else ():
        parts = split_subaccount(subaccount.subaccount_id, told, lengths)
        if subaccount_refusal(subaccount) is None and len(parts) > 1:
            yield from ((number, part, "") for number, part in enumerate(parts, start=1))
