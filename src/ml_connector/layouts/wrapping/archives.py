"""Opens gzip and ZIP in memory, within limits: entries, sizes, ratio, names that stay inside, nothing nested."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping

from ml_connector.layouts.layout import Wrapping
from ml_connector.problems import Problem

ENTRIES_MAX = 1000
UNPACKED_BYTES_MAX = 1024 * 1024 * 1024
RATIO_MAX = 200
# Below this size a high ratio harms nobody.
_RATIO_FROM_BYTES = 1024 * 1024
_GZIP, _ZIP, _EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"
_ENDING = re.compile(r"\.(gz|gzip)$", re.IGNORECASE)
_UNSAFE = re.compile(r"^(?:[/\\]|[A-Za-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)")
_ENCRYPTED = 0x1


def unpack(name: str, content: bytes, allowed: tuple[Wrapping, ...]) -> Mapping[str, bytes] | Problem:
    """The files inside by name, the file itself where it is no archive; a problem of scope ``file`` where one limit or
    the layout forbids it."""
    if content.startswith(_GZIP) and "gzip" in allowed:
        plain = _gunzip(name, content)
        if isinstance(plain, Problem):
            return plain
        inner = _ENDING.sub("", name)
        return _refuse(name, inner, "an archive inside an archive") if _is_archive(plain) else {inner: plain}
    if content.startswith((_ZIP, _EMPTY_ZIP)) and "zip" in allowed:
        return _unzip(name, content)
    return {name: content}


def _is_archive(content: bytes) -> bool:
    return content.startswith((_GZIP, _ZIP, _EMPTY_ZIP, b"7z\xbc\xaf\x27\x1c"))


def _gunzip(name: str, content: bytes) -> bytes | Problem:
    most = max(_RATIO_FROM_BYTES, min(UNPACKED_BYTES_MAX, len(content) * RATIO_MAX))
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, most)
    except zlib.error:
        return _refuse(name, None, "a gzip archive that is damaged")
    if unpacker.unconsumed_tail:
        return _refuse(name, None, "an archive that unpacks to more than is allowed")
    if not unpacker.eof:
        message = "The archive ends in the middle."
        return Problem("file.cut_short", message, name, rule="a whole archive", scope="file")
    if unpacker.unused_data:
        return _refuse(name, None, "a gzip archive with something behind it")
    return plain


def _unzip(name: str, content: bytes) -> Mapping[str, bytes] | Problem:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()]
            refusal = _refusal_of(name, entries, len(content))
            if refusal is not None:
                return refusal
            found: dict[str, bytes] = {}
            for each in entries:
                found[each.filename] = archive.read(each)
                if _is_archive(found[each.filename]):
                    return _refuse(name, each.filename, "an archive inside an archive")
            return found
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError):
        whole = content.rfind(_EMPTY_ZIP) >= 0
        if whole:
            return _refuse(name, None, "a ZIP archive that is damaged")
        message = "The archive ends in the middle."
        return Problem("file.cut_short", message, name, rule="a whole archive", scope="file")


def _refusal_of(name: str, entries: list[zipfile.ZipInfo], size: int) -> Problem | None:
    total = sum(each.file_size for each in entries)
    if len(entries) > ENTRIES_MAX:
        return _refuse(name, None, f"an archive of more than {ENTRIES_MAX} files")
    if total > UNPACKED_BYTES_MAX or (total > _RATIO_FROM_BYTES and total > size * RATIO_MAX):
        return _refuse(name, None, "an archive that unpacks to more than is allowed")
    for each in entries:
        if _UNSAFE.search(each.filename) or "\\" in each.filename:
            return _refuse(name, each.filename, "an archive with a name that leads out of its folder")
        if each.flag_bits & _ENCRYPTED:
            return _refuse(name, each.filename, "an archive with a password")
    if len({each.filename for each in entries}) < len(entries):
        return _refuse(name, None, "an archive with one name twice")
    return None


def _refuse(name: str, value: str | None, what: str) -> Problem:
    message = f"{name} is {what}." if value is None else f"{name} is {what}: {value[:100]}."
    rule = "an archive of plain files, once packed"
    return Problem("file.archive_refused", message, name, value=value, rule=rule, scope="file")
