"""Which vendors of a long list must be read again: all keys with their dates of change are, and what differs from what
is held.

Who is there, new or gone is therefore seen at each reading, whatever the server makes of a date in a filter; the filter
by ``LastModifiedDateTime`` only fetches quickly. A change that does not move that date (``acumatica_api.md 4.4``), such
as one of an address alone, is seen when nothing held is passed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.reading import Collection, Reader
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.acumatica.wire.transport import TOO_LARGE
from ml_connector.domain.values.master_data import Vendor
from ml_connector.errors import TransientError

CHANGED_AT = "LastModifiedDateTime"
# What changed so shortly before the newest change we hold is read again: a date may be coarse, and a save late (4.4).
_OVERLAP = timedelta(hours=24)
_ALONE_MAX = 50


def refresh_vendors(
    reader: Reader,
    collection: Collection,
    keys: Sequence[Row],
    held: Mapping[str, Vendor],
    *,
    parse: Callable[[Row], Vendor],
) -> tuple[Vendor, ...] | None:
    """The vendors of ``keys``, which carry the date of change: as held where nothing changed, else as read now.
    None where it is better to read all."""
    known = {vendor.record_id: vendor for vendor in held.values()}
    stamps = [vendor.modified_at for vendor in known.values() if vendor.modified_at is not None]
    if not stamps:
        return None
    since = max(stamps) - _OVERLAP
    stale = [row for row in keys if not _is_as_held(row, known.get(values.record_id(row)), since)]
    read = _fetch_stale(reader, collection, stale, since)
    if read is None:
        return None
    now = known | {vendor.record_id: vendor for vendor in map(parse, read)}
    gone = {values.record_id(row) for row in stale} - {values.record_id(row) for row in read}
    there = dict.fromkeys(values.record_id(row) for row in (*keys, *read))
    return tuple(now[record] for record in there if record not in gone)


def _is_as_held(row: Row, vendor: Vendor | None, since: datetime) -> bool:
    if vendor is None or vendor.vendor_id != values.required_text(row, "VendorID"):
        return False
    changed_at = values.instant(row, CHANGED_AT)
    return changed_at is not None and changed_at == vendor.modified_at and changed_at <= since


def _fetch_stale(reader: Reader, collection: Collection, stale: Sequence[Row], since: datetime) -> list[Row] | None:
    """These rows as they are now, without those that are gone; None where they are too many to read so."""
    if len(stale) > collection.rows_per_range:
        return None
    try:
        where = filters.modified_after(CHANGED_AT, since)
        # Also where nothing is stale: it shows what is new.
        rows = reader.fetch_all(collection.entity, collection.shapes, where, collection.fields)
    except ReadFault:
        return None
    except TransientError as error:
        if error.code != TOO_LARGE:
            raise
        return None
    seen = {values.record_id(row) for row in rows}
    alone = [values.required_text(row, "VendorID") for row in stale if values.record_id(row) not in seen]
    if len(alone) > _ALONE_MAX:
        return None
    found = [reader.fetch_record(collection.entity, (key,), collection.shapes) for key in alone]
    return [*rows, *(row for row in found if row is not None)]
