"""Makes the reference pages that come from code: findings, standard-csv, the schema of a layout. ``make docs`` runs it.

Only words stand here; codes, columns and types are read from the product, so a page cannot say something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from docs.layout_schema import layout_schema
from ml_connector.domain.findings import CatalogueEntry, catalogue
from ml_connector.layouts.layout import Column, FeedLayout, Layout
from ml_connector.layouts.shipped import load_shipped_layout

REFERENCE = Path(__file__).resolve().parent / "reference"
FAMILIES = {
    "V": "Vendor",
    "H": "Header",
    "B": "Branch",
    "A": "Account and subaccount",
    "J": "Job: project, task, cost code",
    "P": "Purchase order",
    "T": "Tax",
    "R": "Payments and reconciliation",
}
OTHER_FAMILY = "Other"
_FINDINGS_HEAD = """# Findings

What a rule says of a document, in an accountant's words. `stop`: it is not posted until mended. `review`: a person must
say yes or no. `note`: it posts, and you should know. The severity below is the usual one; a policy may change it
([settings](settings.md)).

This page is made from the program by `make docs`.
"""
_COLUMNS_HEAD = """# standard-csv

The one layout of this version. UTF-8 without byte order mark, comma, quotes as in RFC 4180, lines ending in CR LF, a
heading row. Columns are written in this order. In reading they are found by name and unknown ones are ignored. Columns
may be added at the end in later versions. A file we write is named `FEED_YYYYMMDDTHHMMSSZ.csv`; it is uploaded under a
name that begins with a dot and ends in `.part`, then renamed.

| type | looks like |
|---|---|
| text | as it is |
| code | text that identifies a record: no hidden characters, no blanks around it |
| word | one of the words listed |
| amount | `1284.37`, `-5.00`: a point, no thousands separator, no exponent |
| quantity, price | the same, up to six decimals |
| whole | `12` |
| day, period, instant | `2026-10-05`, `2026-10`, `2026-10-05T14:00:00Z` |
| flag | `true` or `false` |

*column*: the heading must be there. *value*: so must the cell, in every row. An empty cell means "not stated".

This page is made from the program by `make docs`.
"""
_NEEDED = {"no": "", "column": "column", "value": "value"}


def render_findings(entries: tuple[CatalogueEntry, ...]) -> str:
    """The page of all findings, one table a family."""
    return "\n".join([_FINDINGS_HEAD, *_finding_lines(entries)]).rstrip() + "\n"


def _finding_lines(entries: tuple[CatalogueEntry, ...]) -> Iterator[str]:
    for letter, title in (*FAMILIES.items(), ("", OTHER_FAMILY)):
        rows = [entry for entry in entries if _family_of(entry) == (letter or OTHER_FAMILY)]
        if not rows:
            continue
        yield f"## {title}\n"
        yield "| code | severity | situation | message | fix | who |\n|---|---|---|---|---|---|"
        for row in rows:
            cells = (row.code, row.severity, row.situation, row.message, row.fix, row.who.replace("_", " "))
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
        yield ""


def _family_of(entry: CatalogueEntry) -> str:
    letter = entry.code[:1]
    return letter if letter in FAMILIES and entry.code[1:].isdigit() else OTHER_FAMILY


def render_columns(layout: Layout) -> str:
    """The page of all feeds and their columns."""
    return "\n".join([_COLUMNS_HEAD, *(_feed_text(name, feed) for name, feed in layout.feeds.items())]).rstrip() + "\n"


def _feed_text(name: str, feed: FeedLayout) -> str:
    way = "From Stampli to us." if feed.direction == "in" else "From us to Stampli."
    lines = [f"## {name}\n", f"{way}\n", "| column | type | needed |", "|---|---|---|"]
    lines += [f"| `{column.name}` | {_type_text(column)} | {_NEEDED[column.required]} |" for column in feed.columns]
    return "\n".join(lines) + "\n"


def _type_text(column: Column) -> str:
    words = ", ".join(f"`{word}`" for word in column.words)
    return f"{column.type}: {words}" if words else column.type


def pages() -> dict[Path, str]:
    """Every page that is made, by its path."""
    return {
        REFERENCE / "findings.md": render_findings(catalogue()),
        REFERENCE / "standard-csv.md": render_columns(load_shipped_layout("standard-csv")),
        REFERENCE / "layout.schema.json": json.dumps(layout_schema(), indent=2, ensure_ascii=False) + "\n",
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
