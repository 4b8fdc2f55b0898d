"""The SFTP dialect of the Stampli twin: protocol 3 with OpenSSH's extensions and nothing of the library's own.

A client that finds the library's private extensions here would behave otherwise than against OpenSSH, so they are
taken out; posix-rename can be taken out too (`fault_catalogue.md` 132). Must not do file work: see `filesystem`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, cast

import asyncssh
from asyncssh.constants import FXP_OPENDIR
from asyncssh.packet import SSHPacket
from asyncssh.sftp import SFTPLimits, SFTPServerHandler
from asyncssh.stream import SSHReader, SSHServerStreamSession, SSHWriter

from ml_connector_twins.stampli.filesystem import READ_BYTES_MAX, ServedFiles, portable_error

_POSIX_RENAME = b"posix-rename@openssh.com"
_EXTENSIONS: tuple[tuple[bytes, bytes], ...] = (
    (_POSIX_RENAME, b"1"),
    (b"statvfs@openssh.com", b"2"),
    (b"fstatvfs@openssh.com", b"2"),
    (b"hardlink@openssh.com", b"1"),
    (b"fsync@openssh.com", b"1"),
    (b"lsetstat@openssh.com", b"1"),
    (b"limits@openssh.com", b"1"),
    (b"copy-data", b"1"),
)
_PROTOCOL_VERSION = 3

_Process = Callable[[SFTPServerHandler, SSHPacket], Awaitable[object]]


def _in_openssh_words(process: _Process) -> _Process:
    @wraps(process)
    async def guarded(handler: SFTPServerHandler, packet: SSHPacket) -> object:
        try:
            return await process(handler, packet)
        except OSError as error:
            raise portable_error(error) from error

    return guarded


class OpenSshDialect(SFTPServerHandler):
    """Answers one client's SFTP requests with the extensions it was told to offer."""

    def __init__(
        self, files: ServedFiles, reader: SSHReader[bytes], writer: SSHWriter[bytes], *, posix_rename: bool
    ) -> None:
        super().__init__(files, reader, writer, _PROTOCOL_VERSION)
        offered = [pair for pair in _EXTENSIONS if posix_rename or pair[0] != _POSIX_RENAME]
        names = {name for name, _ in offered}
        self._extensions = offered
        self._packet_handlers = {
            kind: _in_openssh_words(process)
            for kind, process in SFTPServerHandler._packet_handlers.items()
            if process is not None and (isinstance(kind, int) or kind in names)
        }
        self._packet_handlers[FXP_OPENDIR] = _in_openssh_words(_open_folder)
        self._packet_handlers[b"limits@openssh.com"] = _tell_limits


async def _open_folder(handler: SFTPServerHandler, packet: SSHPacket) -> object:
    """OpenSSH refuses a missing folder here; the library would only on the first read of it."""
    path = packet.get_string()
    packet.check_end()
    files = cast(Any, handler)._server
    await files.enter_folder(path)
    handle = handler._get_next_handle()
    handler._dir_handles[handle] = files.scandir(path)
    return handle


async def _tell_limits(_handler: SFTPServerHandler, packet: SSHPacket) -> object:
    packet.check_end()
    return SFTPLimits(262_144, READ_BYTES_MAX, READ_BYTES_MAX, 1019)


class SftpOnlySession(SSHServerStreamSession[bytes]):
    """A session that offers the SFTP subsystem alone: no shell, no command, no SCP."""

    def __init__(
        self, make_files: Callable[[asyncssh.SSHServerChannel[bytes]], ServedFiles], *, posix_rename: bool
    ) -> None:
        super().__init__(None, None, _PROTOCOL_VERSION)
        self._make_files = make_files
        self._posix_rename = posix_rename

    def subsystem_requested(self, subsystem: str) -> bool:
        """SFTP, nothing else."""
        return subsystem == "sftp"

    def session_started(self) -> None:
        """Start to answer SFTP requests on this channel."""
        chan = cast("asyncssh.SSHServerChannel[bytes]", self._chan)
        chan.set_encoding(None)
        self._encoding = None
        files = self._make_files(chan)
        reader, writer = SSHReader[bytes](self, chan), SSHWriter[bytes](self, chan)
        dialect = OpenSshDialect(files, reader, writer, posix_rename=self._posix_rename)
        connection = cast(asyncssh.SSHServerConnection, self._conn)
        connection.create_task(dialect.run(), reader.logger)
