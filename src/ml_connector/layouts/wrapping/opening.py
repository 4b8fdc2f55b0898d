"""From the files that came together to the data file, its side file, its partners and the attachments beside it.

An archive is opened only where the layout says so, in bounded size, and never one inside another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch

from ml_connector.layouts.document import Document, Reading
from ml_connector.layouts.layout import FeedLayout, Layout, RecordType
from ml_connector.layouts.wrapping.archives import unpack
from ml_connector.layouts.wrapping.attached import describe_attachment
from ml_connector.layouts.wrapping.names import named_after, set_key
from ml_connector.layouts.wrapping.pgp import PgpKeys, decrypt_file, looks_encrypted
from ml_connector.problems import Problem

_DATA_ENDINGS = (".csv", ".txt", ".tsv", ".xml", ".dat")
_FIELD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class OpenedFiles:
    """The data file, and what belongs to it. ``members`` are the files of a set: record type, name, bytes."""

    name: str
    content: bytes
    siblings: Mapping[str, bytes] = field(default_factory=dict)
    side: tuple[str, bytes] | None = None
    members: tuple[tuple[str, str, bytes], ...] = ()


def open_files(
    layout: Layout, feed: FeedLayout, files: Mapping[str, bytes], keys: PgpKeys | None = None
) -> OpenedFiles | Problem:
    """What each of the files is, or why they cannot be read (scope ``file``)."""
    unpacked = _unpacked(layout, files, keys)
    if isinstance(unpacked, Problem):
        return unpacked
    if feed.records is not None and any(each.match for each in feed.records.types):
        return _open_set(feed, feed.records.types, unpacked)
    data = _data_file(layout, feed, unpacked)
    if isinstance(data, Problem):
        return data
    side = None
    siblings = {name: content for name, content in unpacked.items() if name != data}
    if feed.side_file:
        wanted = named_after(feed.side_file, data)
        if wanted not in siblings:
            message = f"The side file {wanted} is not there."
            return Problem("file.incomplete_set", message, data, rule="a side file beside each file", scope="file")
        side = (wanted, siblings.pop(wanted))
    return OpenedFiles(data, unpacked[data], siblings, side)


def attach_files(feed: FeedLayout, reading: Reading, siblings: Mapping[str, bytes]) -> Reading:
    """The documents with size and hash of the attachments that came beside the data file."""
    if not siblings:
        return reading
    return replace(reading, documents=tuple(_attached(feed, each, siblings) for each in reading.documents))


def _attached(feed: FeedLayout, document: Document, siblings: Mapping[str, bytes]) -> Document:
    listed = document.values.get("attachments")
    if not isinstance(listed, list):
        return document
    shown: list[object] = []
    content = dict(document.content)
    named = [each["name"] for each in listed]
    patterns = (_FIELD.sub(lambda found: str(document.values.get(found[1])), each) for each in feed.attachments)
    for each in (*listed, *({"name": name} for name in patterns if name in siblings and name not in named)):
        raw = siblings.get(str(each["name"]).replace("\\", "/"))
        if raw is None:
            shown.append(each)
        else:
            described = describe_attachment(str(each["name"]), raw)
            shown.append(described)
            content[str(described["name"])] = raw
    return replace(document, values=dict(document.values) | {"attachments": shown}, content=content)


def _unpacked(layout: Layout, files: Mapping[str, bytes], keys: PgpKeys | None) -> Mapping[str, bytes] | Problem:
    if not layout.files.unwrap:
        return files
    found: dict[str, bytes] = {}
    for name, content in files.items():
        if "pgp" in layout.files.unwrap and looks_encrypted(name, content):
            decrypted = decrypt_file(name, content, keys, signed=layout.files.signed)
            if isinstance(decrypted, Problem):
                return decrypted
            name, content = decrypted
        opened = unpack(name, content, layout.files.unwrap)
        if isinstance(opened, Problem):
            return opened
        found |= opened
    return found


def _data_file(layout: Layout, feed: FeedLayout, files: Mapping[str, bytes]) -> str | Problem:
    if len(files) == 1:
        return next(iter(files))
    names = [each for each in files if "/" not in each and fnmatch(each, layout.files.match)]
    if layout.files.match == "*":
        names = [each for each in names if each.lower().endswith(_DATA_ENDINGS)]
    if len(names) == 1:
        return names[0]
    message = f"{len(names)} of the {len(files)} files are data files of the layout; one is expected."
    name = next(iter(files), "")
    return Problem("file.which_one", message, name, value=", ".join(names)[:200], rule="one data file", scope="file")


def _open_set(feed: FeedLayout, types: tuple[RecordType, ...], files: Mapping[str, bytes]) -> OpenedFiles | Problem:
    """The files of a set by the type of their records; their names carry the same captured part."""
    found: list[tuple[str, str, bytes]] = []
    keys: set[str] = set()
    for kind in types:
        names = [each for each in files if fnmatch(each.rpartition("/")[2], kind.match)]
        if len(names) != 1:
            message = f"{len(names)} files fit {kind.match}; a set has one of them."
            name = next(iter(files), kind.match)
            rule = f"one file {kind.match} in a set"
            return Problem("file.incomplete_set", message, name, value=kind.match, rule=rule, scope="file")
        found.append((kind.name, names[0], files[names[0]]))
        keys.add(set_key(kind.match, names[0]))
    if len(keys) > 1:
        message = f"The files {', '.join(name for _, name, _ in found)} are of different sets."
        return Problem("file.incomplete_set", message, found[0][1], rule="one key in all names of a set", scope="file")
    used = {name for _, name, _ in found}
    siblings = {name: content for name, content in files.items() if name not in used}
    return OpenedFiles(found[0][1], found[0][2], siblings, None, tuple(found))
