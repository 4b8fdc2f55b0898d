"""The bytes of an XML file before they are parsed: encoding proved, any DOCTYPE refused or taken out.

No entity is ever declared to the parser, so none is expanded, opened or fetched.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder, lookup
from collections.abc import Iterator
from typing import BinaryIO

from ml_connector.layouts.layout import XmlDialect
from ml_connector.problems import Problem

ENCODINGS_ALLOWED = frozenset(
    {"utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii"}
    | {f"cp{number}" for number in range(1250, 1259)}
    | {f"iso8859-{number}" for number in range(1, 17)}
)
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>", re.DOTALL)
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_MISC = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\s+[\w.:-]+(?:\s+(?:SYSTEM|PUBLIC)(?:\s+(?:\"[^\"]*\"|'[^']*'))*)?\s*>")
_HEAD_BYTES = 65_536
_ARCHIVES = ((b"PK\x03\x04", "a ZIP archive"), (b"\x1f\x8b", "a gzip archive"), (b"%PDF-", "a PDF document"))


def prepare_xml(content: bytes, dialect: XmlDialect, *, file: str) -> bytes | Problem:
    """The document as UTF-8 without declaration and DOCTYPE, line numbers kept; or why it is refused."""
    encoding = encoding_of(content[:_HEAD_BYTES], dialect, file)
    if isinstance(encoding, Problem):
        return encoding
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        return _not_decoded(error, encoding, file, before=content)
    prolog = _without_prolog(text, dialect, file)
    return prolog if isinstance(prolog, Problem) else prolog.encode("utf-8")


def prepare_pieces(stream: BinaryIO, dialect: XmlDialect, *, file: str) -> Iterator[bytes | Problem]:
    """The same piece by piece; a problem is the last. The prolog must stand in the first ``_HEAD_BYTES`` bytes."""
    head = stream.read(_HEAD_BYTES)
    encoding = encoding_of(head, dialect, file)
    if isinstance(encoding, Problem):
        yield encoding
        return
    decoder = getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)()
    first = True
    piece = head
    try:
        while piece:
            text = decoder.decode(piece)
            if first:
                prolog = _without_prolog(text.removeprefix("\ufeff"), dialect, file)
                if isinstance(prolog, Problem):
                    yield prolog
                    return
                text, first = prolog, False
            yield text.encode("utf-8")
            piece = stream.read(_HEAD_BYTES)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        yield _not_decoded(error, encoding, file, before=None)


def encoding_of(head: bytes, dialect: XmlDialect, file: str) -> str | Problem:
    """The encoding by the mark of the file, its declaration or the layout, which must all agree."""
    if not head.strip():
        message = "The file is empty (0 bytes)." if not head else "The file is empty but for blanks."
        return _refusal("file.empty", message, file, rule="a root element at least")
    for mark, words in _ARCHIVES:
        if head.startswith(mark):
            return _refusal("file.other_format", f"The file is {words} instead of XML.", file, rule="an XML file")
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    start = head[:1024].decode("utf-16" if marked.startswith("utf-16") else "latin-1", "ignore")
    declaration = _DECLARATION.match(start.lstrip("\ufeff\u00ef\u00bb\u00bf"))
    found = _ENCODING.search(declaration.group()) if declaration else None
    stated = _normal(found[1]) if found else ""
    if found and not stated:
        return _encoding_refused(found[1], file)
    encoding = marked or stated or _normal(dialect.encoding) or "utf-8"
    named = [each for each in (stated, _normal(dialect.encoding)) if each]
    if encoding not in ENCODINGS_ALLOWED:
        return _encoding_refused(encoding, file)
    if any(not _agree(each, encoding) for each in named):
        return _encoding_refused(f"{found[1] if found else dialect.encoding}, but the file is {encoding}", file)
    return encoding


def _not_decoded(error: UnicodeDecodeError, encoding: str, file: str, *, before: bytes | None) -> Problem:
    """Bytes that are no text; ``before`` is the whole file where it is at hand, which tells the place."""
    if error.reason == "unexpected end of data" or "truncated" in error.reason:
        return _refusal("file.cut_short", "The file ends in the middle of a character.", file, rule="a whole file")
    byte = f"0x{error.object[error.start]:02x}"
    if before is None:
        return _refusal("file.not_its_encoding", f"Byte {byte} is not {encoding}.", file, rule=f"{encoding} text")
    line = before[: error.start].count(b"\n") + 1
    message = f"Byte {byte} at line {line} is not {encoding} (byte offset {error.start} in the file)."
    return _refusal("file.not_its_encoding", message, file, rule=f"{encoding} text", line=line)


_MARKS = ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16"))


def _normal(name: str) -> str:
    try:
        return lookup(name).name if name else ""
    except LookupError:
        return ""


def _agree(stated: str, encoding: str) -> bool:
    return (
        stated == encoding
        or (stated.startswith("utf-16") and encoding.startswith("utf-16"))
        or (stated == "ascii" and encoding == "utf-8")
    )


def _without_prolog(text: str, dialect: XmlDialect, file: str) -> str | Problem:
    """The text with blank lines instead of its declaration and of a DOCTYPE that is accepted."""
    if not text.lstrip().startswith("<"):
        message = "The file is no XML: it does not begin with '<'."
        return _refusal("file.other_format", message, file, rule="an XML file")
    declaration = _DECLARATION.match(text)
    if declaration:
        text = _blanks(declaration.group()) + text[declaration.end() :]
    at = 0
    while match := _MISC.match(text, at):
        at = match.end()
    if text.startswith("<!DOCTYPE", at) or text[at : at + 9].upper() == "<!DOCTYPE":
        found = _DOCTYPE.match(text, at)
        if dialect.doctype == "refuse" or found is None:
            internal = " with an internal subset" if dialect.doctype == "ignore" else ""
            message = f"XML with DOCTYPE{internal} is refused."
            return _refusal("file.doctype", message, file, rule="XML without a DOCTYPE")
        text = text[:at] + _blanks(found.group()) + text[found.end() :]
    return text


def _blanks(text: str) -> str:
    """As many lines as the text has, so that line numbers stay."""
    return "\n" * text.count("\n")


def _encoding_refused(name: str, file: str) -> Problem:
    message = f"Encoding not allowed: {name}."
    return _refusal("file.other_encoding", message, file, rule="the encoding that the declaration and the layout state")


def _refusal(code: str, message: str, file: str, *, rule: str, line: int | None = None) -> Problem:
    return Problem(code, message, file, line=line, rule=rule, scope="file")
