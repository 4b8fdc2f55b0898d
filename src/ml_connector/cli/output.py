"""Printing: one JSON document, or words for people; progress on standard error where a terminal is there."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from types import TracebackType

from ml_connector.errors import ConnectorError

# A number as ``_marked`` leaves it among the texts.
_MARKED = re.compile(r'"\\u0000(-?[0-9.]+)\\u0000"')
# Terminal escapes and other control characters of foreign texts never reach the terminal.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0, 9), *range(11, 32), 127, *range(128, 160))}


def print_json(document: object) -> None:
    """The one document on standard output; in ASCII, which means the same, where that is not UTF-8."""
    is_utf_8 = (sys.stdout.encoding or "utf-8").lower() in ("utf-8", "utf8")
    sys.stdout.write(render_json(document, ensure_ascii=not is_utf_8, indent=2) + "\n")
    sys.stdout.flush()


def render_json(document: object, *, ensure_ascii: bool = False, indent: int | None = None) -> str:
    """A document as JSON; a decimal, as the body of a request holds it, is a number with exactly its digits."""
    text = json.dumps(document, ensure_ascii=ensure_ascii, indent=indent, default=_marked)
    return _MARKED.sub(r"\1", text)


def _marked(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} cannot be shown as JSON")
    return f"\0{value:f}\0"


def print_line(text: str = "") -> None:
    """One line for people on standard output, control characters made visible."""
    sys.stdout.write(text.translate(_CONTROL) + "\n")


def print_text(text: str) -> None:
    """A whole text of ours on standard output as it is, its line ends included."""
    sys.stdout.write(text)
    sys.stdout.flush()


def print_note(text: str) -> None:
    """One line for people on standard error."""
    # Where there is no room left to tell it, the exit code still says it.
    with suppress(OSError):
        sys.stderr.write(text.translate(_CONTROL) + "\n")


def print_error(error: ConnectorError) -> None:
    """What went wrong, where and what to do, on standard error."""
    place = f" [{error.stage}]" if error.stage else ""
    print_note(f"{error.family} error{place}: {error.message}")
    if error.fix:
        print_note(f"  what to do: {error.fix}")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows under headings, columns as wide as they need; nothing at all for no rows."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not texts:
        return
    widths = [max(len(line[column]) for line in [list(headings), *texts]) for column in range(len(headings))]
    for line in [list(headings), ["-" * width for width in widths], *texts]:
        print_line("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


class ProgressBar:
    """Progress of long work on standard error; silent where no terminal is there. Use as a context manager."""

    def __init__(self) -> None:
        self._shown = False
        self._terminal = sys.stderr.isatty()

    def report(self, label: str, done: int, total: int) -> None:
        """Show ``done`` of ``total``."""
        if not self._terminal or total <= 0:
            return
        filled = int(24 * min(done, total) / total)
        sys.stderr.write(f"\r\x1b[2K{label.translate(_CONTROL)}  [{'#' * filled}{'.' * (24 - filled)}] {done}/{total}")
        sys.stderr.flush()
        self._shown = True

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def print_findings(findings: Iterable[Mapping[str, object]]) -> None:
    """Findings under an invoice, one after the other, each with its fix."""
    for finding in findings:
        print_line(f"      {finding['severity']} {finding['code']}: {finding['message']}")
        if finding["fix"]:
            print_line(f"        {finding['who']}: {finding['fix']}")
