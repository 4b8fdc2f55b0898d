"""Reading rows of one entity, complete or an error: whole, in ranges between keys, or one by one.

Order is not promised and ``$skip`` not settled (``acumatica_api.md 4.2``), and what ``$top`` picks without an order is
nobody's promise either, so neither is used. A large collection is read by its keys: first all keys, then the ranges
between some of them, each range whole. The ranges cover every row whatever the server's collation, since a text that is
not after one bound and after no earlier one lies in exactly the range that ends there; rows seen twice count once, keys
not seen are asked for one by one. An answer as long as the longest seen so far may have been cut by the site: the rest
is asked for until nothing new comes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import partial

from ml_connector.acumatica import filters, values
from ml_connector.acumatica.contract import Contract
from ml_connector.acumatica.ports import ReadSource
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.acumatica.wire.transport import TOO_LARGE
from ml_connector.errors import TransientError

_ROUNDS_MAX = 10_000
_EXCLUDED_ROWS_MAX = 10


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to ask for rows: what to expand, to select (empty: everything), to add from the form by ``$custom``."""

    expand: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    custom: tuple[str, ...] = ()

    def options(self) -> dict[str, str | None]:
        """The query options."""
        return {
            "$expand": ",".join(self.expand),
            "$select": ",".join(self.select),
            "$custom": ",".join(self.custom),
        }


PLAIN = (Shape(),)
"""Everything the contract gives without expanding."""


@dataclass(frozen=True, slots=True)
class Collection:
    """How one entity is read as a whole: in which shapes, and in ranges of which key field of about how many rows.
    ``fields``, where given, are all that will be looked at in a row, as ``$select`` names them: rows come lean."""

    entity: str
    by: str
    rows_per_range: int
    shapes: tuple[Shape, ...] = PLAIN
    fields: tuple[str, ...] = ()


class Reader:
    """Reads of one signed-in client; remembers which shape works for an entity and how long answers can be."""

    def __init__(self, client: ReadSource, contract: Contract, *, rounds_max: int = _ROUNDS_MAX) -> None:
        self._client = client
        self._rounds_max = rounds_max
        self._contract = contract
        self._working: dict[tuple[str, tuple[Shape, ...]], int] = {}
        self._longest = 0

    @property
    def longest(self) -> int:
        """The rows of the longest answer so far: a shorter one was not cut."""
        return self._longest

    def serves(self, entity: str) -> bool:
        """Whether the pinned version has that entity."""
        return self._contract.has_entity(entity)

    def keys_of(self, entity: str) -> tuple[str, ...]:
        """Its key fields."""
        return self._contract.keys_of(entity)

    def fetch_record(self, entity: str, keys: Sequence[str], shapes: tuple[Shape, ...] = PLAIN) -> Row | None:
        """One record by its keys, None where it is not there; the first of the shapes that the site answers."""
        path = self._key_path(entity, keys)
        if path is None:
            names = self._contract.keys_of(entity)
            clauses = [filters.equals(name, key) for name, key in zip(names, keys, strict=True)]
            return next(iter(self.fetch_all(entity, shapes, filters.all_of(clauses))), None)
        return self.fetch_at(entity, path, shapes)

    def fetch_at(self, entity: str, path: str, shapes: tuple[Shape, ...]) -> Row | None:
        """One record at a path below the endpoint, by keys or by its id."""

        def ask(shape: Shape) -> list[Row]:
            return [values.parse_row(self._client.read(path, filters.encode_query(shape.options())))]

        try:
            return self._shaped(entity, shapes, ask)[0]
        except ReadFault as fault:
            if fault.is_absent:
                return None
            raise

    def fetch_all(
        self, entity: str, shapes: tuple[Shape, ...] = PLAIN, where: str | None = None, fields: tuple[str, ...] = ()
    ) -> list[Row]:
        """All rows that match, in one answer, and what it may have left out; lean where ``fields`` are given."""
        return self._shaped(entity, shapes, lambda shape: self._fetch_whole(entity, shape, where, fields))

    def fetch_some(self, entity: str, count: int) -> list[Row]:
        """Any ``count`` rows of the entity, fewer where there are not so many."""
        options = {"$top": str(count)}
        rows = values.parse_rows(self._client.read(entity, filters.encode_query(options)))
        self._longest = max(self._longest, len(rows))
        return rows

    def fetch_keys(self, entity: str, more: tuple[str, ...] = (), known: Set[str] = frozenset()) -> list[Row]:
        """The keys of all rows, and some fields more. Where all ``known`` records come, nothing but new ones can have
        been cut off: the caller sees these by their date, and no more is asked for."""
        fields = (*self._contract.keys_of(entity), *more)
        shapes = (Shape(select=fields), Shape())
        return self._shaped(entity, shapes, lambda shape: self._fetch_whole(entity, shape, None, fields, known=known))

    def fetch_collection(self, collection: Collection) -> list[Row]:
        """All rows: whole where one answer can hold them, else in ranges."""
        try:
            return self.fetch_all(collection.entity, collection.shapes, fields=collection.fields)
        except TransientError as error:
            if error.code != TOO_LARGE:
                raise
        return self.fetch_in_ranges(collection)

    def fetch_in_ranges(self, collection: Collection, keys: list[Row] | None = None) -> list[Row]:
        """All rows in ranges of a key field, checked against the list of keys, which is read where it is not given."""
        return [row for rows in self.stream_in_ranges(collection, keys) for row in rows]

    def stream_in_ranges(self, collection: Collection, keys: list[Row] | None = None) -> Iterator[list[Row]]:
        """The same, range by range, so that no more than a range and the keys are held."""
        entity, by, size = collection.entity, collection.by, collection.rows_per_range
        # The keys by record, taken out as the record is seen.
        listed = self.fetch_keys(entity) if keys is None else keys
        known: dict[str, Row | None] = {values.record_id(row): row for row in listed}
        marks = sorted((values.required_text(row, by) for row in listed), key=str.casefold)
        del listed
        bounds = list(dict.fromkeys(marks[size - 1 : -1 : size]))
        first = 0
        for low, high in zip([None, *bounds], [*bounds, None], strict=True):
            end = len(marks) if high is None else bisect_right(marks, high.casefold(), key=str.casefold)
            # No name is given to an answer: it is gone before the next one comes.
            yield from map(partial(_not_seen, known), self._fetch_range(collection, (low, high), marks[first:end]))
            first = end
        for unseen in [row for row in known.values() if row is not None]:
            alone = self.fetch_record(entity, self._keys_in(entity, unseen), collection.shapes)
            if alone is not None:
                yield _not_seen(known, [alone])

    def _fetch_range(
        self,
        collection: Collection,
        bounds: tuple[str | None, str | None],
        inside: list[str],
    ) -> Iterator[list[Row]]:
        (low, high), entity, by = bounds, collection.entity, collection.by
        lower = filters.after(by, low) if low is not None else None
        upper = filters.up_to(by, high) if high is not None else None
        where, fields = filters.all_of((lower, upper)), collection.fields
        try:
            # What the site may cut off is seen by the keys it lacks.
            rows = self._shaped(entity, collection.shapes, lambda shape: self._fetch_once(entity, shape, where, fields))
        except TransientError as error:
            middle = inside[(len(inside) - 1) // 2] if inside else None
            if error.code != TOO_LARGE or middle is None or middle in (low, high, inside[-1]):
                raise
            half = [mark for mark in inside if _is_between(mark, low, middle)]
            yield from self._fetch_range(collection, (low, middle), half)
            yield from self._fetch_range(collection, (middle, high), inside[len(half) :])
        else:
            yield rows

    def _fetch_whole(
        self, entity: str, shape: Shape, where: str | None, fields: tuple[str, ...], *, known: Set[str] = frozenset()
    ) -> list[Row]:
        found: dict[str, Row] = {}
        answer = self._fetch_once(entity, shape, where, fields)
        for _ in range(self._rounds_max):
            may_be_cut = len(answer) >= self._longest and bool(self._contract.keys_of(entity))
            self._longest = max(self._longest, len(answer))
            if not self._add(found, answer) or not may_be_cut or (known and known <= found.keys()):
                return list(found.values())
            try:
                answer = self._fetch_once(entity, shape, self._rest(entity, where, list(found.values())), fields)
            except ReadFault:
                if where is not None:
                    raise
                # Without a filter everything comes (4.2); that this site cannot filter by key is no reason to doubt it.
                return list(found.values())
        raise TransientError("A list of Acumatica does not end.", code="acumatica.unreadable")

    def _fetch_once(self, entity: str, shape: Shape, where: str | None, fields: tuple[str, ...]) -> list[Row]:
        query = filters.encode_query({"$filter": where, **shape.options()})
        decode = values.lean_decoder(fields) if fields else values.decode_json
        return values.parse_rows(self._client.read(entity, query, decode))

    def _rest(self, entity: str, where: str | None, rows: list[Row]) -> str | None:
        """A filter for the rows not seen yet: all but these, or, where these are many, those after the last."""
        names = self._contract.keys_of(entity)
        if len(rows) <= _EXCLUDED_ROWS_MAX:
            others = [filters.any_of(map(filters.differs, names, self._keys_in(entity, row))) for row in rows]
            asked = filters.all_of([where, *others])
            if asked is not None and fits(asked):
                return asked
        if len(names) == 1:
            last = max((values.required_text(row, names[0]) for row in rows), key=str.casefold)
            return filters.all_of([where, filters.after(names[0], last)])
        return filters.all_of([where, _after_each(names, [self._keys_in(entity, row) for row in rows])])

    def _shaped(self, entity: str, shapes: tuple[Shape, ...], ask: Callable[[Shape], list[Row]]) -> list[Row]:
        """The answer to the first shape that works from now on; one that fails is given a second chance first."""
        for place in range(self._working.get((entity, shapes), 0), len(shapes)):
            self._check(entity, shapes[place])
            is_last = place == len(shapes) - 1
            try:
                rows = self._asked_twice(ask, shapes[place])
            except ReadFault as fault:
                if is_last or fault.is_absent or fault.is_set_up_missing:
                    raise
                continue
            if is_last or _is_as_asked(rows, shapes[place]):
                self._working[entity, shapes] = place
                return rows
        raise ValueError("a read needs a shape")

    def _asked_twice(self, ask: Callable[[Shape], list[Row]], shape: Shape) -> list[Row]:
        try:
            return ask(shape)
        except ReadFault as fault:
            if fault.is_absent or fault.is_set_up_missing or fault.is_lasting or shape == Shape():
                raise
        return ask(shape)

    def _check(self, entity: str, shape: Shape) -> None:
        for path in (*shape.expand, *shape.select):
            self._contract.check_path(entity, path)
        for path in shape.custom:
            self._contract.check_custom(entity, path)

    def _keys_in(self, entity: str, row: Row) -> tuple[str, ...]:
        return tuple(values.required_text(row, name) for name in self._contract.keys_of(entity))

    def _key_path(self, entity: str, keys: Sequence[str]) -> str | None:
        parts = [filters.encode_key(key) for key in keys]
        return None if None in parts else "/".join([entity, *(part or "" for part in parts)])

    def _add(self, found: dict[str, Row], rows: Iterable[Row]) -> bool:
        """Add the rows not seen yet; whether there was one."""
        before = len(found)
        for row in rows:
            found.setdefault(values.record_id(row), row)
        return len(found) > before


def fits(clause: str, room: int = 200, *, characters_max: int = filters.QUERY_CHARACTERS_MAX) -> bool:
    """Whether a filter leaves room for other options within the longest query sent."""
    return len(filters.encode_query({"$filter": clause})) <= characters_max - room


def _not_seen(known: dict[str, Row | None], rows: Iterable[Row]) -> list[Row]:
    """The rows that were not seen before; from now on they are."""
    new: list[Row] = []
    for row in rows:
        identity = values.record_id(row)
        if identity in known and known[identity] is None:
            continue
        known[identity] = None
        new.append(row)
    return new


def _is_between(mark: str, low: str | None, high: str | None) -> bool:
    folded = mark.casefold()
    return (low is None or folded > low.casefold()) and (high is None or folded <= high.casefold())


def _after_each(names: tuple[str, ...], seen: list[tuple[str, ...]]) -> str:
    """Rows with other leading keys, or, for each leading key seen, after its last row."""
    last: dict[tuple[str, ...], str] = {}
    for *leading, own in seen:
        place = tuple(leading)
        last[place] = max(last.get(place, own), own, key=str.casefold)
    same = [
        filters.all_of([*map(filters.equals, names, place), filters.after(names[-1], own)]) or ""
        for place, own in last.items()
    ]
    other = filters.all_of([filters.any_of(map(filters.differs, names, place)) for place in last]) or ""
    return filters.any_of([other, *same])


def _is_as_asked(rows: list[Row], shape: Shape) -> bool:
    """Whether an answer carries what was to be expanded and selected; an empty one proves nothing against it."""
    names = {"id", *(path.partition("/")[0] for path in (*shape.expand, *shape.select))}
    return not rows or all(any(name in row for row in rows) for name in names)
