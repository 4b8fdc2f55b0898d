"""Rows that are no data, as the layout lists them, and blank cells that repeat the row above. Never a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import re2

from ml_connector.layouts.csv_format import Record
from ml_connector.layouts.fields import loose_word
from ml_connector.layouts.layout import FeedLayout, Layout, SkipRule
from ml_connector.problems import Problem


def filter_rows(
    layout: Layout, feed: FeedLayout, heading: Record, records: Iterable[Record | Problem]
) -> Iterator[Record | Problem]:
    """The rows that are data, with carried-down cells filled."""
    dialect = layout.dialect
    if not (feed.skip or feed.carry_down or dialect.skip_rows or dialect.repeated_heading):
        return iter(records)
    return _filtered(layout, feed, heading, records)


def _filtered(
    layout: Layout, feed: FeedLayout, heading: Record, records: Iterable[Record | Problem]
) -> Iterator[Record | Problem]:
    dialect = layout.dialect
    rules = [_compile_rule(each, _place_of(feed, each.column, heading)) for each in feed.skip]
    carried = [_place_of(feed, each, heading) for each in feed.carry_down]
    above: Sequence[str] = ()
    passed = 0
    for each in records:
        if isinstance(each, Problem):
            yield each
            continue
        passed += 1
        if passed <= dialect.skip_rows or (dialect.repeated_heading and each.cells == heading.cells):
            continue
        if any(rule(each.cells) for rule in rules):
            continue
        if carried:
            each = _filled(each, carried, above)
            above = each.cells
        yield each


def _place_of(feed: FeedLayout, name: str, heading: Record) -> int:
    column = feed.column(name)
    if column is not None and column.position:
        return column.position - 1
    names = {loose_word(each) for each in (name, *(column.aliases if column else ()))}
    return next((at for at, each in enumerate(heading.cells) if loose_word(each) in names), -1)


def _compile_rule(rule: SkipRule, at: int) -> Callable[[Sequence[str]], bool]:
    pattern = re2.compile(rule.text) if rule.test == "matches" else None

    def applies(cells: Sequence[str]) -> bool:
        if not 0 <= at < len(cells):
            return False
        cell = cells[at].strip()
        match rule.test:
            case "empty":
                return not cell
            case "equals":
                return cell == rule.text
            case "starts":
                return cell.startswith(rule.text)
            case _:
                return pattern is not None and pattern.search(cell) is not None

    return applies


def _filled(record: Record, carried: Sequence[int], above: Sequence[str]) -> Record:
    """The row with the cells of the one above, where its first carried cell is blank."""
    places = [at for at in carried if 0 <= at < len(record.cells)]
    if not places or record.cells[places[0]].strip() or len(above) != len(record.cells):
        return record
    cells = list(record.cells)
    for at in places:
        if not cells[at].strip():
            cells[at] = above[at]
    return Record(record.number, record.line, cells)
