"""SFTP servers that misbehave, made from AsyncSSH's server class: in memory, on loopback, on a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncssh
from asyncssh.connection import SSHServerConnection

from ml_connector.sftp.address import SftpAddress

T = TypeVar("T")

PASSWORD = "canary-password-7f3a"
REGULAR = 0o100644
FOLDER = 0o040755


@contextmanager
def background_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop on a thread of its own; whatever still runs at the end is cancelled."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _cancel_all() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=5)


def run_on(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine run on that loop."""
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result(20)


@dataclass
class Memory:
    """What the server holds, shared by its connections, and what it saw."""

    files: dict[bytes, bytes] = field(default_factory=dict)
    folders: set[bytes] = field(default_factory=lambda: {b"/in", b"/out"})
    sign_ins: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


@dataclass
class OpenFile:
    """One handle: the path it was opened under."""

    path: bytes


def attributes_of(content: bytes | None, *, mode: int = REGULAR) -> asyncssh.SFTPAttrs:
    """Attributes of a file with that content, or of a folder for None."""
    size = 0 if content is None else len(content)
    return asyncssh.SFTPAttrs(
        size=size, permissions=FOLDER if content is None else mode, atime=1_700_000_000, mtime=1_700_000_000
    )


class MemoryServer(asyncssh.SFTPServer):
    """A well-behaved server of version 3 in memory; tests override what shall go wrong."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], memory: Memory) -> None:
        super().__init__(channel)
        self.memory = memory

    def hang_up(self) -> None:
        """Break the connection off without an answer."""
        self.memory.calls.append("hang_up")
        self.channel.get_connection().abort()

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """The names directly within a folder."""
        self.need_folder(path)
        for name in (b".", b".."):
            yield asyncssh.SFTPName(name, b"", attributes_of(None))
        for full, content in list(self.memory.files.items()):
            folder, _, name = full.rpartition(b"/")
            if folder == path:
                yield asyncssh.SFTPName(name, b"", attributes_of(content))

    def need_folder(self, path: bytes) -> None:
        """Refuse a folder that is not there."""
        if path not in self.memory.folders:
            raise asyncssh.SFTPNoSuchFile("no such folder")

    def attributes(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Attributes by path."""
        if path.removesuffix(b"/.") in self.memory.folders:
            return attributes_of(None)
        if path not in self.memory.files:
            raise asyncssh.SFTPNoSuchFile("no such file")
        return attributes_of(self.memory.files[path])

    async def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """As ``attributes``."""
        self.memory.calls.append(f"lstat {path.decode('utf-8', 'replace')}")
        return self.attributes(path)

    async def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """As ``lstat``: there are no links."""
        return self.attributes(path)

    async def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        """Attributes by handle."""
        assert isinstance(file_obj, OpenFile)
        return self.attributes(file_obj.path)

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """A handle; a new empty file where one may be made."""
        self.memory.calls.append(f"open {path.decode()}")
        if pflags & asyncssh.FXF_CREAT:
            self.need_folder(path.rpartition(b"/")[0])
            if pflags & asyncssh.FXF_TRUNC or path not in self.memory.files:
                self.memory.files[path] = b""
        elif path not in self.memory.files:
            raise asyncssh.SFTPNoSuchFile("no such file")
        return OpenFile(path)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """A piece of the content."""
        assert isinstance(file_obj, OpenFile)
        return self.memory.files[file_obj.path][offset : offset + size]

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Store a piece."""
        assert isinstance(file_obj, OpenFile)
        content = self.memory.files[file_obj.path].ljust(offset, b"\0")
        self.memory.files[file_obj.path] = content[:offset] + data + content[offset + len(data) :]
        return len(data)

    async def fsync(self, file_obj: object) -> None:
        """Nothing to do in memory."""
        self.memory.calls.append("fsync")

    async def close(self, file_obj: object) -> None:
        """Forget the handle."""

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Plain rename: refuses a target that exists."""
        self.memory.calls.append("rename")
        if newpath in self.memory.files:
            raise asyncssh.SFTPFailure("target exists")
        self.do_rename(oldpath, newpath)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Replaces a target without a word."""
        self.memory.calls.append("posix_rename")
        self.do_rename(oldpath, newpath)

    def do_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """What both renames do in the end."""
        if oldpath not in self.memory.files:
            raise asyncssh.SFTPNoSuchFile("no such file")
        self.memory.files[newpath] = self.memory.files.pop(oldpath)

    async def remove(self, path: bytes) -> None:
        """Delete a file."""
        self.memory.calls.append(f"remove {path.decode()}")
        if self.memory.files.pop(path, None) is None:
            raise asyncssh.SFTPNoSuchFile("no such file")

    async def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        """Plenty of room."""
        return room(blocks=1_000_000)


def room(*, blocks: int) -> asyncssh.SFTPVFSAttrs:
    """What a file system with so many free blocks of 4 KiB says."""
    return asyncssh.SFTPVFSAttrs(bsize=4096, frsize=4096, blocks=2_000_000, bfree=blocks, bavail=blocks)


async def stall() -> None:
    """Never come back."""
    await asyncio.Event().wait()


class _Gatekeeper(asyncssh.SSHServer):
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def begin_auth(self, username: str) -> bool:
        self._memory.sign_ins.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return password == PASSWORD


class LaxConnection(SSHServerConnection):
    """A server connection from before strict key exchange."""

    def _get_extra_kex_algs(self) -> list[bytes]:
        return [b"ext-info-s"]


@contextmanager
def serving(
    server: Callable[[asyncssh.SSHServerChannel[bytes], Memory], asyncssh.SFTPServer] = MemoryServer,
    *,
    memory: Memory | None = None,
    host_keys: Sequence[asyncssh.SSHKey] = (),
    strict: bool = True,
    ciphers: Sequence[str] = (),
) -> Iterator[tuple[SftpAddress, Memory]]:
    """A server with that behaviour, its address with the right pin and password, and what it holds and saw."""
    held = memory or Memory()
    keys = list(host_keys) or [asyncssh.generate_private_key("ssh-ed25519")]
    connections: list[SSHServerConnection] = []

    async def start() -> asyncio.AbstractServer:
        options = await asyncssh.SSHServerConnectionOptions.construct(
            server_factory=lambda: _Gatekeeper(held),
            server_host_keys=keys,
            sftp_factory=lambda channel: server(channel, held),
            encryption_algs=list(ciphers) or (),
            config=[],
        )

        def connect() -> SSHServerConnection:
            kind = SSHServerConnection if strict else LaxConnection
            connections.append(kind(asyncio.get_running_loop(), options))
            return connections[-1]

        return await asyncio.get_running_loop().create_server(connect, "127.0.0.1", 0)

    async def stop(listening: asyncio.AbstractServer) -> None:
        listening.close()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        await listening.wait_closed()

    with background_loop() as loop:
        listening = run_on(loop, start())
        port = listening.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        try:
            yield address_to(port, keys[0]), held
        finally:
            run_on(loop, stop(listening))


def address_to(port: int, host_key: asyncssh.SSHKey) -> SftpAddress:
    """The address of a server on loopback with that key pinned."""
    line = " ".join(host_key.export_public_key().decode().split()[:2])
    return SftpAddress("127.0.0.1", port, "harbor", (line,), PASSWORD, None, None)
