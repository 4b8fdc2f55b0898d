"""Reading a remote folder whole: every entry as a ``RemoteFile``, or an error and nothing.

Bounds are on the number of names and, by the caller, on the time. Links are described, never followed; nothing is
opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import cast

import asyncssh

from ml_connector.sftp.files import Kind, RemoteFile, join_path, parse_name
from ml_connector.sftp.folder_faults import DENIED, MISSING, ListingTooLong, Place

SIZE_BYTES_MAX = 2**63 - 1
LOOKS_IN_FLIGHT = 32
# A folder that changes meanwhile may show a name twice; one that begins anew again and again has no end.
_ROUNDS_MAX = 10

_KINDS: dict[int, Kind] = {
    asyncssh.FILEXFER_TYPE_REGULAR: "file",
    asyncssh.FILEXFER_TYPE_DIRECTORY: "folder",
    asyncssh.FILEXFER_TYPE_SYMLINK: "link",
}
_LONG_NAME_KINDS: dict[str, Kind] = {"-": "file", "d": "folder", "l": "link"}


async def list_folder(
    sftp: asyncssh.SFTPClient, place: Place, *, names_max: int, keep: Callable[[RemoteFile], bool]
) -> list[RemoteFile]:
    """Every entry of the folder that ``keep`` wants, each name once, in the server's order.

    Raises ``ListingTooLong`` after ``names_max`` names, wanted or not, or where the listing begins anew over and over,
    so a server that never ends cannot fill the memory. Foreign exceptions go through; a listing that broke off gives
    nothing.
    """
    found: dict[bytes, RemoteFile] = {}
    count, rounds, first = 0, 0, b""
    # A generator, although its declaration says less: it must be closed here, or its handle stays open.
    scan = cast("AsyncGenerator[asyncssh.SFTPName, None]", sftp.scandir(place.path.encode("utf-8")))
    async with aclosing(scan) as entries:
        async for entry in entries:
            raw = _as_bytes(entry.filename)
            if raw in {b".", b".."}:
                continue
            count += 1
            first = first or raw
            rounds += raw == first
            if count > names_max or rounds > _ROUNDS_MAX:
                raise ListingTooLong(place, count)
            file = describe_entry(place.path, raw, entry.attrs, long_name=entry.longname)
            if file.raw_name not in found and keep(file):
                found[file.raw_name] = file
    # A server may leave types or sizes out of a listing; asked for one entry it tells them.
    unclear = [file for file in found.values() if file.kind == "other" and not file.unsafe]
    for file, looked in zip(unclear, await look_at(sftp, unclear), strict=True):
        found[file.raw_name] = looked or file
    return list(found.values())


def describe_entry(
    folder: str, raw_name: bytes, attributes: asyncssh.SFTPAttrs, *, long_name: str | bytes | None = None
) -> RemoteFile:
    """An entry as a value; sizes and times beyond reason are clamped; ``other`` where type or size is missing."""
    name, unsafe = parse_name(raw_name)
    kind = _KINDS.get(attributes.type, "other")
    if attributes.type == asyncssh.FILEXFER_TYPE_UNKNOWN and long_name:
        kind = _LONG_NAME_KINDS.get(_as_bytes(long_name)[:1].decode("ascii", "replace"), "other")
    modified_at = None if attributes.mtime is None else datetime.fromtimestamp(attributes.mtime, UTC)
    if attributes.size is None and kind == "file":
        kind = "other"
    size_bytes = min(max(attributes.size or 0, 0), SIZE_BYTES_MAX)
    return RemoteFile(name, raw_name[:256], folder, size_bytes, modified_at, kind, unsafe)


async def look_at(sftp: asyncssh.SFTPClient, files: Iterable[RemoteFile]) -> list[RemoteFile | None]:
    """Each file again as it is now, in the same order; None for one that is gone, hidden from us or unsafe."""
    window = asyncio.Semaphore(LOOKS_IN_FLIGHT)

    async def look(file: RemoteFile) -> RemoteFile | None:
        if file.unsafe:
            return file
        async with window:
            return await look_at_path(sftp, file.folder, file.name)

    return list(await asyncio.gather(*(look(file) for file in files)))


async def look_at_path(sftp: asyncssh.SFTPClient, folder: str, name: str) -> RemoteFile | None:
    """One entry as it is now, links not followed; None where there is nothing we may see."""
    try:
        attributes = await sftp.lstat(join_path(folder, name).encode("utf-8"))
    except (*MISSING, *DENIED):
        return None
    return describe_entry(folder, name.encode("utf-8"), attributes)


def _as_bytes(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")
