"""Writes rows of a feed as XML: an element a row, its cells as elements, rows of one document nested in it.

Same rows, same bytes. What XML cannot hold is written as U+FFFD, so that nobody takes it for the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from ml_connector.layouts.layout import FeedLayout

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PARTS_OF_A_NESTED_FEED = 4


def write_xml(feed: FeedLayout, rows: Iterable[Mapping[str, str]]) -> bytes:
    """The document: ``elements`` of the feed name root and document, then, where lines are nested, the list, the line
    and the column at which a line begins."""
    root, document, *nested = feed.elements
    lines = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>\n']
    if len(nested) < _PARTS_OF_A_NESTED_FEED - 1:
        lines += (f"  <{document}>\n{_cells(row, '    ')}  </{document}>\n" for row in rows)
    else:
        lines += _nested(document, nested, rows)
    return "".join((*lines, f"</{root}>\n")).encode("utf-8")


def _nested(document: str, nested: list[str], rows: Iterable[Mapping[str, str]]) -> Iterable[str]:
    group, line, first = nested[:3]
    before: Mapping[str, str] | None = None
    for row in rows:
        names = list(row)
        at = names.index(first)
        header = {name: row[name] for name in names[:at]}
        if header != before:
            if before is not None:
                yield f"    </{group}>\n  </{document}>\n"
            yield f"  <{document}>\n{_cells(header, '    ')}    <{group}>\n"
            before = header
        inner = {name: row[name] for name in names[at:]}
        yield f"      <{line}>\n{_cells(inner, '        ')}      </{line}>\n"
    if before is not None:
        yield f"    </{group}>\n  </{document}>\n"


def _cells(row: Mapping[str, str], indent: str) -> str:
    """One element a cell that holds anything; carriage returns as references, which parsers keep."""
    return "".join(
        f"{indent}<{name}>{_text(cell)}</{name}>\n" if cell else f"{indent}<{name}/>\n" for name, cell in row.items()
    )


def _text(cell: str) -> str:
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", cell), {"\r": "&#13;"})
