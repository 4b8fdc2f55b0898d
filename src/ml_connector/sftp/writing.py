"""Putting, moving and deleting files so that nothing half done shows and nothing of others is overwritten.

Upload under a dot name ending in ``.part``, make it durable where the server can, then rename. Every step may be run
again: what is already so is found out and left.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import asyncssh

from ml_connector.sftp.files import PutReceipt, RemoteFile, join_path, judge_name, split_path
from ml_connector.sftp.folder_faults import (
    BROKEN,
    DENIED,
    FULL,
    MISSING,
    DiskFull,
    FileGone,
    LandingUnknown,
    NameTaken,
    NameUnsafe,
    Place,
    ServerFailure,
    server_words,
)
from ml_connector.sftp.listing import look_at_path
from ml_connector.sftp.reading import close_soon, read_bounded

_Proof = Literal["bytes", "size", "rename"]


@dataclass(slots=True)
class Upload:
    """One file on its way; ``rename_sent`` is set before the rename leaves and tells what a lost answer may mean."""

    folder: str
    name: str
    content: bytes
    rename_sent: bool = False

    @property
    def target(self) -> str:
        """The path the file is for."""
        return join_path(self.folder, self.name)

    @property
    def part(self) -> str:
        """The path it is uploaded under."""
        return join_path(self.folder, f".{self.name}.part")


async def put(sftp: asyncssh.SFTPClient, upload: Upload, *, host: str, stage: str) -> PutReceipt:
    """Make ``upload.content`` lie under its target, or find that it already does.

    Raises ``NameUnsafe``, ``NameTaken`` (left as it is), ``DiskFull``, ``LandingUnknown``; other foreign exceptions go
    through. The part file is removed on every failure that leaves the connection alive.
    """
    place = Place(host, stage, upload.target)
    unsafe = judge_name(upload.name) or judge_name(f".{upload.name}.part")
    if unsafe:
        raise NameUnsafe(Place(host, stage, upload.name), unsafe)
    existing = await look_at_path(sftp, upload.folder, upload.name)
    if existing is not None:
        return await _accept_existing(sftp, existing, upload, place)
    if upload.rename_sent and not await _exists(sftp, upload.part.encode("utf-8")):
        raise LandingUnknown(place, "the answer was lost and it lies neither under its part name nor under its own")
    try:
        await _write_part(sftp, upload, Place(host, stage, upload.folder))
        await _rename_part(sftp, upload, place)
    except BROKEN:
        raise
    except BaseException:
        await _remove_quietly(sftp, upload.part)
        raise
    landed = await look_at_path(sftp, upload.folder, upload.name)
    proof = "rename" if landed is None else await _compare(sftp, landed, upload)
    if proof is None:
        raise LandingUnknown(place, "what lies there now is not what was sent")
    return _receipt(upload, "landed", proof)


async def _rename_part(sftp: asyncssh.SFTPClient, upload: Upload, place: Place) -> None:
    upload.rename_sent = True
    try:
        await rename_to_free_name(sftp, upload.part, upload.target, place=place)
    except BROKEN:
        raise
    except (asyncssh.SFTPError, NameTaken):
        # The server answered, and the answer was no.
        upload.rename_sent = False
        raise


async def _accept_existing(sftp: asyncssh.SFTPClient, existing: RemoteFile, upload: Upload, place: Place) -> PutReceipt:
    proof = await _compare(sftp, existing, upload)
    if proof is None:
        raise NameTaken(place)
    await _remove_quietly(sftp, upload.part)
    return _receipt(upload, "landed" if upload.rename_sent else "already_there", proof)


def _receipt(upload: Upload, outcome: Literal["landed", "already_there"], proof: _Proof) -> PutReceipt:
    digest = hashlib.sha256(upload.content).hexdigest()
    return PutReceipt(upload.target, len(upload.content), digest, outcome, proof)


async def _compare(sftp: asyncssh.SFTPClient, found: RemoteFile, upload: Upload) -> _Proof | None:
    """How well what lies under the target is proven to be ours; None where it is something else."""
    if found.kind != "file" or found.size_bytes != len(upload.content):
        return None
    try:
        opened = await sftp.open(upload.target.encode("utf-8"), "rb", encoding=None, block_size=0)
    except (*DENIED, *MISSING):
        # A box one may only drop into, or a reader who was quicker than we.
        return "size"
    try:
        same = await read_bounded(sftp, opened, len(upload.content)) == upload.content
    finally:
        await close_soon(opened.close())
    return "bytes" if same else None


async def _write_part(sftp: asyncssh.SFTPClient, upload: Upload, folder: Place) -> None:
    try:
        opened = await sftp.open(upload.part.encode("utf-8"), "wb", encoding=None)
        try:
            await opened.write(upload.content)
            await _make_durable(opened)
        except BaseException:
            await close_soon(opened.close())
            raise
        await opened.close()
    except asyncssh.SFTPFailure as error:
        # Version 3 has no word for a full disk: ask how much room there is before the part file is taken away.
        if await _has_no_room(sftp, folder.path, len(upload.content)):
            raise DiskFull(folder) from error
        raise ServerFailure(folder, f"{server_words(error)} (its disk or quota may be full)") from error
    written = await sftp.lstat(upload.part.encode("utf-8"))
    if written.size is not None and written.size != len(upload.content):
        raise ServerFailure(folder, f"only {written.size:,} of {len(upload.content):,} bytes were stored")


async def _make_durable(opened: asyncssh.SFTPClientFile) -> None:
    try:
        await opened.fsync()
    except asyncssh.SFTPOpUnsupported:
        return


async def _has_no_room(sftp: asyncssh.SFTPClient, folder: str, size_bytes: int) -> bool:
    try:
        room = await sftp.statvfs(folder.encode("utf-8"))
    except asyncssh.SFTPError:
        return False
    return room.bavail * room.frsize < size_bytes or (room.files > 0 and room.favail == 0)


async def rename_to_free_name(sftp: asyncssh.SFTPClient, source: str, target: str, *, place: Place) -> None:
    """Rename without ever replacing anything; raises ``NameTaken`` where the target exists.

    Plain rename comes first: version 3 refuses an existing target, ``posix-rename`` replaces it without a word. The
    latter is for servers that cannot do the former although the name is free.
    """
    old, new = source.encode("utf-8"), target.encode("utf-8")
    try:
        await sftp.rename(old, new)
        return
    except (*MISSING, *DENIED, *BROKEN):
        raise
    except asyncssh.SFTPError as refused:
        if await _exists(sftp, new):
            raise NameTaken(place) from None
        try:
            await sftp.posix_rename(old, new)
        except asyncssh.SFTPOpUnsupported:
            raise refused from None


async def move(sftp: asyncssh.SFTPClient, source: str, target: str, *, host: str, stage: str) -> None:
    """Move a file to a free name; one that was moved before is left. Raises ``NameTaken`` or ``FileGone``."""
    place = Place(host, stage, target)
    unsafe = judge_name(split_path(target)[1])
    if unsafe:
        raise NameUnsafe(place, unsafe)
    if not await _exists(sftp, source.encode("utf-8")):
        if await _exists(sftp, target.encode("utf-8")):
            return
        raise FileGone(Place(host, stage, source))
    if await _exists(sftp, target.encode("utf-8")):
        raise NameTaken(place)
    try:
        await rename_to_free_name(sftp, source, target, place=place)
    except FULL as error:
        raise DiskFull(place, moving=True) from error
    except asyncssh.SFTPFailure as error:
        if await _has_no_room(sftp, split_path(target)[0], 1):
            raise DiskFull(place, moving=True) from error
        raise


async def delete(sftp: asyncssh.SFTPClient, path: str) -> None:
    """Delete a file; one that is gone already is fine."""
    try:
        await sftp.remove(path.encode("utf-8"))
    except MISSING:
        return


async def _exists(sftp: asyncssh.SFTPClient, path: bytes) -> bool:
    try:
        await sftp.lstat(path)
    except MISSING:
        return False
    return True


async def _remove_quietly(sftp: asyncssh.SFTPClient, path: str) -> None:
    try:
        await sftp.remove(path.encode("utf-8"))
    except asyncssh.Error:
        # Best effort: a part file starts with a dot, is taken for a file by nobody and overwritten by the next try.
        return
