"""Fetching one file whole, or saying why not: bounded in bytes, unchanged while it was read, exactly as announced.

The reference is the open handle (its size and time before and after), never the listing (``fault_catalogue.md`` 117 to
121, 140 to 146). Nothing is written anywhere.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncssh

from ml_connector.sftp.files import (
    UNSAFE,
    Fetched,
    FetchedFile,
    RefusedFile,
    VanishedOrGrowing,
    judge_name,
    show_text,
    split_path,
)
from ml_connector.sftp.folder_faults import BROKEN, DENIED, MISSING, server_words

BLOCK_BYTES_MIN = 32 * 1024
BLOCK_BYTES_MAX = 255 * 1024
BLOCKS_IN_FLIGHT = 32
CLOSE_SECONDS = 1.0

_NOT_A_FILE = {
    asyncssh.FILEXFER_TYPE_SYMLINK: ("sftp.link", "Link instead of file"),
    asyncssh.FILEXFER_TYPE_DIRECTORY: ("sftp.not_a_file", "Folder instead of file"),
}


@dataclass(frozen=True, slots=True)
class ReadBounds:
    """How much one file may cost: bytes, seconds in all, and how many times it is read (2 where it is young)."""

    size_bytes_max: int
    seconds: float
    reads: int = 1


async def fetch(sftp: asyncssh.SFTPClient, path: str, bounds: ReadBounds) -> Fetched:
    """The file's bytes, or the value saying why it was not taken.

    Foreign exceptions go through only where they concern the connection and not this file.
    """
    unsafe = judge_name(split_path(path)[1])
    if unsafe:
        return RefusedFile(show_text(path), "sftp.unsafe_name", f"{UNSAFE}: {unsafe}")
    try:
        async with asyncio.timeout(bounds.seconds):
            return await _fetch_named(sftp, path, bounds)
    except TimeoutError:
        return VanishedOrGrowing(path, "sftp.file_slow", f"Download too slow: not done in {bounds.seconds:g} seconds")
    except MISSING:
        return VanishedOrGrowing(path, "sftp.file_vanished", f"File {path} was listed but is gone")
    except DENIED:
        return RefusedFile(path, "sftp.no_permission", f"No permission for {path}")
    except BROKEN:
        raise
    except asyncssh.SFTPError as error:
        return VanishedOrGrowing(path, "sftp.file_unreadable", f"{path} cannot be read now: {server_words(error)}")


async def _fetch_named(sftp: asyncssh.SFTPClient, path: str, bounds: ReadBounds) -> Fetched:
    raw = path.encode("utf-8")
    # Looked at before it is opened: opening a pipe can block the server, opening a link follows it.
    refused = _judge_attributes(path, await sftp.lstat(raw), bounds)
    if refused is not None:
        return refused
    opened = await sftp.open(raw, "rb", encoding=None, block_size=0)
    try:
        fetched = await _fetch_opened(sftp, opened, path, bounds)
        for _ in range(bounds.reads - 1):
            again = await _fetch_opened(sftp, opened, path, bounds)
            if not isinstance(fetched, FetchedFile) or not isinstance(again, FetchedFile):
                return again
            if again.sha256 != fetched.sha256:
                return VanishedOrGrowing(path, "sftp.file_growing", f"{path} changed while it was read")
        return fetched
    finally:
        await close_soon(opened.close())


def _judge_attributes(path: str, attributes: asyncssh.SFTPAttrs, bounds: ReadBounds) -> RefusedFile | None:
    if attributes.type not in {asyncssh.FILEXFER_TYPE_REGULAR, asyncssh.FILEXFER_TYPE_UNKNOWN}:
        code, message = _NOT_A_FILE.get(attributes.type, ("sftp.not_a_file", "Not a normal file"))
        return RefusedFile(path, code, f"{message}: {path}")
    if attributes.size is None:
        return RefusedFile(path, "sftp.no_size", f"The server does not say how large {path} is")
    if attributes.size > bounds.size_bytes_max:
        return RefusedFile(
            path,
            "sftp.file_too_large",
            f"{path} has {attributes.size:,} bytes, more than the {bounds.size_bytes_max:,} allowed",
        )
    return None


async def _fetch_opened(
    sftp: asyncssh.SFTPClient, opened: asyncssh.SFTPClientFile, path: str, bounds: ReadBounds
) -> Fetched:
    before = await opened.stat()
    refused = _judge_attributes(path, before, bounds)
    if refused is not None or before.size is None:
        return refused or RefusedFile(path, "sftp.no_size", f"The server does not say how large {path} is")
    content = await read_bounded(sftp, opened, before.size)
    after = await opened.stat()
    if (before.size, before.mtime) != (after.size, after.mtime):
        return VanishedOrGrowing(path, "sftp.file_growing", f"File {path} is still being written")
    if len(content) > before.size:
        return RefusedFile(path, "sftp.more_than_announced", f"The server gives more data than announced for {path}")
    if len(content) < before.size:
        return VanishedOrGrowing(
            path, "sftp.file_growing", f"{path} ended after {len(content):,} of {before.size:,} announced bytes"
        )
    modified_at = None if before.mtime is None else datetime.fromtimestamp(before.mtime, UTC)
    return FetchedFile(path, content, before.size, hashlib.sha256(content).hexdigest(), modified_at)


async def read_bounded(sftp: asyncssh.SFTPClient, opened: asyncssh.SFTPClientFile, size_bytes: int) -> bytes:
    """The first ``size_bytes`` bytes, fewer where the server ends early, one more where it has more to give.

    Blocks are read at the same time. A server that ends one block early and answers a later one all the same would
    leave a hole; what lies behind a hole is dropped, so the length betrays it.
    """
    block_bytes = min(max(sftp.limits.max_read_len, BLOCK_BYTES_MIN), BLOCK_BYTES_MAX)
    starts = range(0, max(size_bytes, 1), block_bytes)
    if len(starts) == 1:
        return await _read_block(opened, 0, size_bytes, asked=size_bytes + 1)
    window = asyncio.Semaphore(BLOCKS_IN_FLIGHT)

    async def read(start: int) -> bytes:
        async with window:
            length = min(block_bytes, size_bytes - start)
            return await _read_block(opened, start, length, asked=length + (start == starts[-1]))

    tasks = [asyncio.ensure_future(read(start)) for start in starts]
    try:
        blocks = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    content = bytearray()
    for start, block in zip(starts, blocks, strict=True):
        content += block
        if len(content) < min(start + block_bytes, size_bytes):
            break
    return bytes(content)


async def _read_block(opened: asyncssh.SFTPClientFile, start: int, length: int, *, asked: int) -> bytes:
    block = bytearray()
    while True:
        piece: bytes = await opened.read(asked - len(block), start + len(block))
        block += piece[: asked - len(block)]
        if not piece or len(block) >= length:
            return bytes(block)


async def close_soon(closing: Awaitable[None]) -> None:
    """Wait a little for a remote handle to close; a server that never answers must not hold us up."""
    task = asyncio.ensure_future(closing)
    task.add_done_callback(forget_fault)
    await asyncio.wait({task}, timeout=CLOSE_SECONDS)


def forget_fault(task: asyncio.Future[Any]) -> None:
    """Take note of how an abandoned task ended, so that nobody complains that nobody did."""
    if not task.cancelled():
        task.exception()
