"""A long CSV text as batches of rows, with the physical lines they start on, in memory that does not grow.

Refuses what no row can be read from: a zero byte, a lost character, bytes of another encoding, a cut, an endless cell.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain, islice
from typing import TextIO

from ml_connector.layouts.csv_format import Record, reader_options
from ml_connector.layouts.layout import CsvDialect
from ml_connector.problems import Problem

_CHUNK_CHARACTERS = 1 << 16
_LINE_END = re.compile(r"\r\n|\r|\n")


class FileRefused(Exception):
    """Carries the problem because of which nothing of the file counts."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that hold anything, and the line each starts on."""

    rows: Sequence[list[str]]
    lines: Sequence[int]


class Rows:
    """The rows of one stream of text."""

    def __init__(self, stream: TextIO, dialect: CsvDialect, file: str) -> None:
        self._stream = stream
        self._file = file
        self._characters_max = dialect.field_characters_max
        self._long = False
        self._cut = False
        self._reader = csv.reader(chain.from_iterable(self._chunks()), **reader_options(dialect))

    def heading(self) -> Record | None:
        """The first row that holds anything, None where there is none; ``FileRefused``."""
        first = self.take(1)
        return Record(0, first.lines[0], first.rows[0]) if first.rows else None

    def take(self, count: int) -> Batch:
        """The next rows, at most that many, none at the end of the file; ``FileRefused`` where the file must not be
        used."""
        reader = self._reader
        while True:
            before = reader.line_num
            rows: list[list[str]] = []
            broken = False
            try:
                # A list keeps what it took before an error.
                rows.extend(islice(reader, count))
            except csv.Error:
                broken = True
            batch = self._numbered(rows, before, reader.line_num)
            if self._cut or broken:
                raise FileRefused(self._unreadable(batch, before + 1, broken=broken))
            if batch.rows or not rows:
                return batch

    def _unreadable(self, batch: Batch, first: int, *, broken: bool) -> Problem:
        """Why there is no row behind those of the batch, or why its last one is none."""
        last = batch.lines[-1] if batch.lines else first
        line = last + _lines_of(batch.rows[-1]) if broken and batch.rows else last
        if self._cut:
            return self._refusal("file.cut_short", line, "File ends in the middle of row {}.")
        sentence = "Row {}: a quote never closes, or text follows a closing quote."
        return self._refusal("row.stray_quote", line, sentence)

    def _numbered(self, rows: list[list[str]], before: int, after: int) -> Batch:
        lines: Sequence[int] = range(before + 1, before + 1 + len(rows))
        several = after - before != len(rows)
        if several:
            number, found = before + 1, []
            for cells in rows:
                found.append(number)
                number += _lines_of(cells)
            lines = found
        if not all(rows):
            lines = [line for line, cells in zip(lines, rows, strict=True) if cells]
            rows = [each for each in rows if each]
        if several or self._long:
            self._refuse_long(rows, lines)
        return Batch(rows, lines)

    def _refuse_long(self, rows: Sequence[list[str]], lines: Sequence[int]) -> None:
        most = self._characters_max
        for line, cells in zip(lines, rows, strict=True):
            if max(map(len, cells)) > most:
                sentence = f"Row {{}}: field too long, more than {most:,} characters; perhaps a quote never closes."
                raise FileRefused(self._refusal("row.field_too_long", line, sentence))

    def _chunks(self) -> Iterator[Iterable[str]]:
        """The text in pieces that end where a line ends."""
        rest: list[str] = []
        for text in self._pieces():
            end = max(text.rfind("\n"), text.rfind("\r")) + 1
            if not end:
                rest.append(text)
                continue
            whole = "".join((*rest, text[:end]))
            rest = [text[end:]]
            self._long = self._long or _has_long_line(whole, self._characters_max)
            yield StringIO(whole, newline="")
        last = "".join(rest)
        if last:
            self._cut = True
            yield (last,)

    def _pieces(self) -> Iterator[str]:
        try:
            while text := self._stream.read(_CHUNK_CHARACTERS):
                # CR LF is one line end.
                while text[-1] == "\r" and (more := self._stream.read(1)):
                    text += more
                at = text.find("\x00") if "\x00" in text else text.find("\N{REPLACEMENT CHARACTER}")
                if at >= 0:
                    line = self._reader.line_num + len(_LINE_END.findall(text[:at])) + 1
                    raise FileRefused(
                        self._refusal("file.lost_character", line, "Row {} holds a character that was lost.")
                    )
                yield text
        except UnicodeDecodeError as error:
            line = self._reader.line_num + len(_LINE_END.findall(error.object[: error.start].decode("latin-1"))) + 1
            sentence = f"Row {{}} or near it is not {error.encoding}."
            raise FileRefused(self._refusal("file.not_its_encoding", line, sentence)) from None

    def _refusal(self, code: str, line: int, sentence: str) -> Problem:
        return Problem(code, sentence.format(line), self._file, line=line, rule=_RULES[code], scope="file")


_RULES = {
    "file.cut_short": "the last row ends with a line end",
    "file.lost_character": "text as it was entered",
    "file.not_its_encoding": "text in the encoding of the layout",
    "row.field_too_long": "cells of bounded length",
    "row.stray_quote": "quotes in pairs",
}


def _lines_of(cells: Sequence[str]) -> int:
    return 1 + sum(len(_LINE_END.findall(each)) for each in cells)


def _has_long_line(text: str, most: int) -> bool:
    """Whether a line of a text that ends with one is longer than ``most``: from line to line as far as that reaches."""
    at = 0
    while len(text) - at > most:
        end = max(text.rfind("\n", at, at + most + 1), text.rfind("\r", at, at + most + 1))
        if end < 0:
            return True
        at = end + 1
    return False
