"""File operations of the Stampli twin, as OpenSSH's `internal-sftp` does them in a chroot of ours.

What matters: the plain RENAME of protocol 3 refuses an existing target, the posix-rename extension replaces it, a
missing folder is refused when it is opened and not later, reads and writes go by offset, every error is one of
OpenSSH's few codes with its generic words. Source: OpenSSH `sftp-server.c` (process_open, process_rename,
errno_to_portable). Faults strike here. Must not know what is in a file.
"""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from ml_connector_twins.stampli.faults import Fault, FaultBook
from ml_connector_twins.stampli.journal import Journal

READ_BYTES_MAX = 261_120  # what OpenSSH tells by limits@openssh.com: 256 KiB less a header

_PORTABLE: dict[int, int] = {
    errno.ENOENT: asyncssh.FX_NO_SUCH_FILE,
    errno.ENOTDIR: asyncssh.FX_NO_SUCH_FILE,
    errno.EBADF: asyncssh.FX_NO_SUCH_FILE,
    errno.ELOOP: asyncssh.FX_NO_SUCH_FILE,
    errno.EPERM: asyncssh.FX_PERMISSION_DENIED,
    errno.EACCES: asyncssh.FX_PERMISSION_DENIED,
    errno.EFAULT: asyncssh.FX_PERMISSION_DENIED,
    errno.ENAMETOOLONG: asyncssh.FX_BAD_MESSAGE,
    errno.EINVAL: asyncssh.FX_BAD_MESSAGE,
    errno.ENOSYS: asyncssh.FX_OP_UNSUPPORTED,
}
_WORDS: dict[int, str] = {
    asyncssh.FX_NO_SUCH_FILE: "No such file",
    asyncssh.FX_PERMISSION_DENIED: "Permission denied",
    asyncssh.FX_FAILURE: "Failure",
    asyncssh.FX_BAD_MESSAGE: "Bad message",
    asyncssh.FX_OP_UNSUPPORTED: "Operation unsupported",
}
_PLANTED: dict[str, int] = {
    "failure": asyncssh.FX_FAILURE,
    "no_such_file": asyncssh.FX_NO_SUCH_FILE,
    "permission_denied": asyncssh.FX_PERMISSION_DENIED,
}


def portable_error(error: OSError) -> asyncssh.SFTPError:
    """An operating system's error in the few codes and words that OpenSSH sends."""
    return status_error(_PORTABLE.get(error.errno or 0, asyncssh.FX_FAILURE))


def status_error(code: int) -> asyncssh.SFTPError:
    """A status answer with OpenSSH's generic words for ``code``."""
    return asyncssh.SFTPError(code, _WORDS.get(code, "Failure"))


@dataclass(frozen=True, slots=True, eq=False)
class OpenHandle:
    """One open file: descriptor and the path as the client wrote it."""

    descriptor: int
    path: str


class ServedFiles(asyncssh.SFTPServer):
    """One client's view of the folders; every call may meet a planted fault."""

    def __init__(self, chan: asyncssh.SSHServerChannel[bytes], root: Path, faults: FaultBook, journal: Journal) -> None:
        super().__init__(chan, chroot=os.fsencode(root))
        self._faults = faults
        self._journal = journal

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> OpenHandle:
        """Open as `process_open` does: the flags say exactly what they say."""
        fault = await self._before("open", path)
        mode = 0o666 if attrs.permissions is None else stat.S_IMODE(attrs.permissions)
        descriptor = os.open(self.map_path(path), _open_flags(pflags), mode)
        self._journal.note("open", _text(path))
        self._after(fault)
        return OpenHandle(descriptor, _text(path))

    async def close(self, file_obj: object) -> None:
        """Close; the handle is gone even where a fault strikes."""
        handle = _handle(file_obj)
        os.close(handle.descriptor)
        self._after(await self._before("close", handle.path))

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Up to ``size`` bytes at ``offset``; empty at the end."""
        handle = _handle(file_obj)
        fault = await self._before("read", handle.path, end_offset=offset + size)
        content = os.pread(handle.descriptor, min(size, READ_BYTES_MAX), offset)
        self._after(fault)
        return content

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """All of ``data`` at ``offset``."""
        handle = _handle(file_obj)
        fault = await self._before("write", handle.path, end_offset=offset + len(data))
        written = os.pwrite(handle.descriptor, data, offset)
        self._after(fault)
        if written != len(data):
            raise status_error(asyncssh.FX_FAILURE)
        return written

    async def fsync(self, file_obj: object) -> None:
        """Make what was written durable."""
        handle = _handle(file_obj)
        fault = await self._before("fsync", handle.path)
        os.fsync(handle.descriptor)
        self._after(fault)

    async def lstat(self, path: bytes) -> os.stat_result:
        """Attributes of the name itself, links not followed."""
        fault = await self._before("stat", path)
        result = os.lstat(self.map_path(path))
        self._after(fault)
        return result

    async def stat(self, path: bytes) -> os.stat_result:
        """Attributes of what the name leads to."""
        fault = await self._before("stat", path)
        result = os.stat(self.map_path(path))
        self._after(fault)
        return result

    async def fstat(self, file_obj: object) -> os.stat_result:
        """Attributes of an open file."""
        handle = _handle(file_obj)
        fault = await self._before("stat", handle.path)
        result = os.fstat(handle.descriptor)
        self._after(fault)
        return result

    async def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Set mode and times of an open file; size by truncation; owners are not changed."""
        descriptor = _handle(file_obj).descriptor
        if attrs.size is not None:
            os.ftruncate(descriptor, attrs.size)
        if attrs.permissions is not None:
            os.fchmod(descriptor, stat.S_IMODE(attrs.permissions))
        if attrs.atime is not None and attrs.mtime is not None:
            os.utime(descriptor, (attrs.atime, attrs.mtime))

    async def enter_folder(self, path: bytes) -> None:
        """Refuse a missing or forbidden folder at OPENDIR, as `opendir` does."""
        fault = await self._before("list", path)
        os.scandir(self.map_path(path)).close()
        self._journal.note("list", _text(path))
        self._after(fault)

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """The entries of a folder in the order the disk gives them, which is no order."""
        folder = self.map_path(path)
        for name in (b".", b"..", *os.listdir(folder)):
            try:
                status = os.lstat(os.path.join(folder, name))
            except FileNotFoundError:
                continue
            yield asyncssh.SFTPName(name, attrs=asyncssh.SFTPAttrs.from_local(status))

    async def remove(self, path: bytes) -> None:
        """Remove a file."""
        fault = await self._before("remove", path)
        os.remove(self.map_path(path))
        self._journal.note("remove", _text(path))
        self._after(fault)

    async def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Make a folder."""
        fault = await self._before("mkdir", path)
        os.mkdir(self.map_path(path), 0o777 if attrs.permissions is None else stat.S_IMODE(attrs.permissions))
        self._journal.note("mkdir", _text(path))
        self._after(fault)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Protocol 3: a file is linked to its new name and unlinked, so an existing target is refused."""
        fault = await self._before("rename", oldpath, newpath)
        source, target = self.map_path(oldpath), self.map_path(newpath)
        if stat.S_ISREG(os.lstat(source).st_mode):
            os.link(source, target, follow_symlinks=False)
            os.unlink(source)
        elif os.path.exists(target):
            raise status_error(asyncssh.FX_FAILURE)
        else:
            os.rename(source, target)
        self._journal.note("rename", f"{_text(oldpath)} -> {_text(newpath)}")
        self._after(fault)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """The extension posix-rename@openssh.com: an existing target is replaced in one step."""
        fault = await self._before("rename", oldpath, newpath)
        os.rename(self.map_path(oldpath), self.map_path(newpath))
        self._journal.note("posix_rename", f"{_text(oldpath)} -> {_text(newpath)}")
        self._after(fault)

    async def _before(self, operation: str, *paths: bytes | str, end_offset: int | None = None) -> Fault | None:
        """Let a fault strike before the work; one that strikes after it is handed back."""
        names = [path if isinstance(path, str) else _text(path) for path in paths]
        fault = self._faults.strike(operation, names, end_offset=end_offset)
        if fault is None or fault.action == "drop_after":
            return fault
        self._journal.note("fault", f"{fault.action} {operation} {names[0]}")
        if fault.action == "stall":
            await asyncio.sleep(fault.seconds)
            return None
        if fault.action == "fail":
            raise status_error(_PLANTED[fault.status])
        self.connection.abort()
        raise status_error(asyncssh.FX_FAILURE)

    def _after(self, fault: Fault | None) -> None:
        """Cut the connection once the work is done, so that only the answer is lost."""
        if fault is not None:
            self._journal.note("fault", f"{fault.action} {fault.operation}")
            self.connection.abort()


def _open_flags(pflags: int) -> int:
    reads, writes = bool(pflags & asyncssh.FXF_READ), bool(pflags & asyncssh.FXF_WRITE)
    flags = os.O_RDWR if reads and writes else os.O_WRONLY if writes else os.O_RDONLY
    for asked, meant in (
        (asyncssh.FXF_APPEND, os.O_APPEND),
        (asyncssh.FXF_CREAT, os.O_CREAT),
        (asyncssh.FXF_TRUNC, os.O_TRUNC),
        (asyncssh.FXF_EXCL, os.O_EXCL),
    ):
        flags |= meant if pflags & asked else 0
    return flags


def _handle(file_obj: object) -> OpenHandle:
    if not isinstance(file_obj, OpenHandle):
        raise status_error(asyncssh.FX_NO_SUCH_FILE)
    return file_obj


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
