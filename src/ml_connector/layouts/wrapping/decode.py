"""Bytes to text, strictly: what is no UTF-8 text is refused in words, nothing is repaired.

A byte order mark is taken off and told. A last character that was cut is no fault of the encoding: it leaves an
unfinished row behind, which ``csv_format`` sees. Rows are counted by physical line, the heading being row 1.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from dataclasses import dataclass

from ml_connector.problems import Problem

_LINE_END = re.compile(rb"\r\n|\r|\n")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
HEAD_BYTES = 4096
_WIDE_MARKS = (
    (BOM_UTF32_LE, "UTF-32"),
    (BOM_UTF32_BE, "UTF-32"),
    (BOM_UTF16_LE, "UTF-16"),
    (BOM_UTF16_BE, "UTF-16"),
)
_FOREIGN = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel file"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "a text processor's document"),
    (b"-----BEGIN PGP", "a PGP message"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, and whether a byte order mark stood before it."""

    text: str
    byte_order_mark: bool


def decode_text(
    content: bytes, *, file: str, written_by_us: bool = False, encoding: str = "utf-8"
) -> Decoded | Problem:
    """The text of a file in that encoding, or the problem of scope ``file`` that keeps it from being one.

    What we wrote repeats the records of Acumatica, which may hold the sign of a character lost long ago; in a file of
    the other side it means that the encoding changed on the way (``stampli_files.md`` 5, quirk 21).
    """
    if encoding not in ("utf-8", "us-ascii") and content:
        return _decode_declared(content, encoding, file=file)
    body = content.removeprefix(BOM_UTF8)
    if not body:
        message = "The file is empty (0 bytes)." if not content else "The file is empty but for its byte order mark."
        return _refusal(file, "file.empty", message, "a heading row at least")
    refusal = _foreign_format(file, body) or _wide_encoding(file, content) or _nul(file, body)
    if refusal:
        return refusal
    text = _decode_body(file, body, shift=len(content) - len(body))
    if isinstance(text, str) and not written_by_us:
        text = _without_losses(file, text)
    return text if isinstance(text, Problem) else Decoded(text, len(body) < len(content))


def decode_head(head: bytes, *, file: str) -> Problem | None:
    """What is wrong with a file by its first ``HEAD_BYTES`` bytes: empty, or no text of ours at all."""
    body = head.removeprefix(BOM_UTF8)
    if not body:
        return _refusal(file, "file.empty", "The file is empty (0 bytes).", "a heading row at least")
    return _foreign_format(file, body)


def _decode_declared(content: bytes, encoding: str, *, file: str) -> Decoded | Problem:
    """Text in an encoding that the layout declares; a mark of another one contradicts it."""
    wide = encoding.startswith("utf-16")
    if wide and encoding == "utf-16" and not content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        message = "The file does not begin with the byte order mark of UTF-16."
        return _refusal(file, "file.not_utf16", message, "UTF-16 text with its mark")
    if not wide and content.startswith((BOM_UTF16_LE, BOM_UTF16_BE, BOM_UTF8)):
        message = f"The file begins with a byte order mark; {encoding} has none."
        return _refusal(file, "file.other_encoding", message, f"{encoding} text")
    if not wide:
        refusal = _foreign_format(file, content) or _nul(file, content)
        if refusal:
            return refusal
    cut = wide and len(content) % 2 == 1
    try:
        text = content[: len(content) - cut].decode(encoding)
    except UnicodeDecodeError as error:
        if wide and error.reason == "unexpected end of data":
            text, cut = content[: error.start].decode(encoding), True
        else:
            row = len(_LINE_END.findall(content[: error.start])) + 1
            byte = f"0x{content[error.start]:02x}"
            message = f"Byte {byte} at row {row} is not {encoding} (byte offset {error.start} in the file)."
            return _refusal(file, "file.not_its_encoding", message, f"{encoding} text", line=row, value=byte)
    if "\x00" in text:
        row = len(_LINE_END.findall(text[: text.index("\x00")].encode())) + 1
        return _refusal(file, "file.nul", f"Row {row} holds a zero character.", "text", line=row)
    return Decoded(text.removeprefix("\ufeff") + ("?" if cut else ""), wide)


def _decode_body(file: str, body: bytes, *, shift: int) -> str | Problem:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return _not_utf8(file, body, error.start, shift)
        # The question mark stands for the character that was cut, so that its row is seen to be unfinished.
        return body[: error.start].decode("utf-8") + "?"


def _without_losses(file: str, text: str) -> str | Problem:
    at = text.find(_REPLACEMENT)
    if at < 0:
        return text
    row = _row_after(text[:at].encode())
    message = f"Row {row}: a character was lost before the file reached us; U+FFFD stands in its place."
    return _refusal(file, "file.lost_character", message, "text as it was entered", line=row)


def _not_utf8(file: str, body: bytes, start: int, shift: int) -> Problem:
    row = _row_after(body[:start])
    message = f"Byte 0x{body[start]:02x} at row {row} is not UTF-8 (byte offset {start + shift} in the file)."
    return _refusal(file, "file.not_utf8", message, "UTF-8 text", line=row, value=f"0x{body[start]:02x}")


def _foreign_format(file: str, body: bytes) -> Problem | None:
    for mark, words in _FOREIGN:
        if body.startswith(mark):
            excel = b"[Content_Types].xml" in body[:HEAD_BYTES] or b"xl/" in body[:HEAD_BYTES]
            found = "an Excel file" if excel else words
            return _refusal(file, "file.other_format", f"The file is {found} instead of CSV.", "a CSV file")
    start = body[:HEAD_BYTES].lstrip().lower()
    if start.startswith(b"<"):
        web_page = start.startswith((b"<!doctype html", b"<html"))
        found = "a web page" if web_page else "XML" if start.startswith(b"<?xml") else "a marked-up text"
        return _refusal(file, "file.other_format", f"The file is {found} instead of CSV.", "a CSV file")
    return None


def _wide_encoding(file: str, content: bytes) -> Problem | None:
    for mark, name in _WIDE_MARKS:
        if content.startswith(mark):
            message = f"The file is written in {name}; UTF-8 is expected."
            return _refusal(file, "file.utf_16", message, "UTF-8 text", value=name)
    head = content[:HEAD_BYTES]
    half = len(head) // 2
    # Every other byte of plain text in UTF-16 is zero.
    zeros = sorted((head[0::2].count(0), head[1::2].count(0)))
    if half and zeros[0] * 2 <= half < zeros[1] * 2:
        message = "The file looks like UTF-16 without its mark; UTF-8 is expected."
        return _refusal(file, "file.utf_16", message, "UTF-8 text", value="UTF-16")
    return None


def _nul(file: str, body: bytes) -> Problem | None:
    at = body.find(0)
    if at < 0:
        return None
    row = _row_after(body[:at])
    if not body[at:].strip(b"\0"):
        # Room was made for the whole file, and it was never written to its end.
        message = f"File has zero bytes from row {row} on: incomplete."
        return _refusal(file, "file.nul", message, "text", line=row)
    return _refusal(file, "file.nul", f"Row {row} holds a zero byte, which no text has.", "text", line=row)


def _row_after(before: bytes) -> int:
    return len(_LINE_END.findall(before)) + 1


def _refusal(
    file: str, code: str, message: str, rule: str, *, line: int | None = None, value: str | None = None
) -> Problem:
    return Problem(code, message, file, line=line, value=value, rule=rule, scope="file")
