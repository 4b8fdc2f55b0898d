"""What can go wrong in folders and with files, and the one place where AsyncSSH's exceptions become our own.

Only families that a server or a network can cause are translated; anything else is a fault of the program and goes
through untouched. No secret can be in what is quoted: only words of the server, made safe.
"""

from __future__ import annotations

from dataclasses import dataclass

import asyncssh
from asyncssh.packet import PacketDecodeError

from ml_connector.errors import ConfigurationError, ConnectorError, RejectedError, TransientError, UncertainError
from ml_connector.sftp.faults import ASK, LATER, ConnectionDropped
from ml_connector.sftp.files import show_text

MISSING = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
DENIED = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect)
FULL = (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)
LOST = (
    asyncssh.DisconnectError,
    asyncssh.SFTPConnectionLost,
    asyncssh.SFTPNoConnection,
    asyncssh.ChannelOpenError,
    ConnectionError,
    EOFError,
)
BROKEN = (*LOST, asyncssh.SFTPBadMessage, PacketDecodeError, UnicodeError)
"""After these nothing more can be expected of the connection; a request on its way may or may not have been done."""

FOREIGN = (asyncssh.Error, PacketDecodeError, UnicodeError, OSError, EOFError)
"""What AsyncSSH raises when a server or the network misbehaves, its own parsing of hostile bytes included."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step works: the server's name, the stage it is called by, and the folder or file it concerns."""

    host: str
    stage: str
    path: str


class FolderMissing(ConfigurationError):
    """A folder is not there; we never make one."""

    code = "sftp.folder_missing"

    def __init__(self, place: Place) -> None:
        super().__init__(
            f"Folder {place.path} not found on {place.host}.",
            fix="Check stampli.inbound, stampli.outbound and the feeds' folders, or have the folder made.",
            stage=place.stage,
        )


class NoPermission(ConfigurationError):
    """The account may not do this there."""

    code = "sftp.no_permission"

    def __init__(self, place: Place) -> None:
        super().__init__(
            f"No permission for {place.path} on {place.host}.",
            fix=f"{ASK} for the right to it: reading in the outbound folder, writing and renaming in the inbound one.",
            stage=place.stage,
        )


class ListingTooLong(ConfigurationError):
    """A folder shows more names than any sensible one; the listing was dropped as a whole."""

    code = "sftp.listing_too_long"

    def __init__(self, place: Place, names: int) -> None:
        super().__init__(
            f"The listing of {place.path} on {place.host} does not end: {names:,} names so far; nothing was taken.",
            fix="Have the folder tidied up, or point the feed to a folder of its own.",
            stage=place.stage,
        )


class DiskFull(TransientError):
    """The server has no space, or no quota, left."""

    code = "sftp.disk_full"

    def __init__(self, place: Place, *, moving: bool = False) -> None:
        moved = f"Cannot move the file to {place.path}: no space on {place.host}; it stays where it is."
        put = f"No space left on {place.host} for {place.path}; no part of the file was left there."
        super().__init__(
            moved if moving else put,
            fix=f"{ASK} to make room. It is tried again later.",
            stage=place.stage,
        )


class ServerFailure(TransientError):
    """The server refused a request without saying anything more exact; ``words`` are its own, made safe."""

    code = "sftp.server_failure"

    def __init__(self, place: Place, words: str) -> None:
        super().__init__(
            f"{place.host} could not do it for {place.path}: {words or 'no reason given'}.",
            fix=LATER,
            stage=place.stage,
        )


class NameTaken(RejectedError):
    """Something else already lies under the name; it was left as it is."""

    code = "sftp.name_taken"

    def __init__(self, place: Place) -> None:
        super().__init__(
            f"{place.path} already exists on {place.host} with other content; it was left as it is.",
            fix="Send it under another name.",
            stage=place.stage,
        )


class NameUnsafe(RejectedError):
    """A name of our own that no folder may hold."""

    code = "sftp.name_unsafe"

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(
            f"{show_text(place.path)} cannot be a file name: {why}.", fix="Use a plain name.", stage=place.stage
        )


class FileGone(RejectedError):
    """The file to move lies neither at its source nor at its target."""

    code = "sftp.file_vanished"

    def __init__(self, place: Place) -> None:
        super().__init__(
            f"{place.path} is no longer on {place.host}.",
            fix="Nothing needs to be done: somebody else took it away.",
            stage=place.stage,
        )


class LandingUnknown(UncertainError):
    """The rename was sent, its answer lost, and looking afterwards did not decide it; ``why`` is a clause."""

    code = "sftp.landing_unknown"

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(
            f"It is not known whether {place.path} arrived on {place.host}: {why}.",
            fix="Look into the folder. Sending the same bytes under the same name again is safe.",
            stage=place.stage,
        )


def server_words(error: BaseException) -> str:
    """The server's own words of an error, safe to print and short."""
    return show_text(getattr(error, "reason", "") or type(error).__name__, characters_max=200)


def translate_fault(error: Exception, place: Place) -> ConnectorError:
    """Our error for a foreign one met at a place, where every fault concerns the folder as a whole."""
    if isinstance(error, LOST):
        return ConnectionDropped(place.host, stage=place.stage)
    if isinstance(error, (*MISSING, asyncssh.SFTPNotADirectory)):
        return FolderMissing(place)
    if isinstance(error, DENIED):
        return NoPermission(place)
    if isinstance(error, FULL):
        return DiskFull(place)
    return ServerFailure(place, server_words(error))
