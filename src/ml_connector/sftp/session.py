"""One SFTP session, synchronous outside: list, fetch, put, move, delete, each within its deadline.

The connection is made on first use with the pinned host key, made again when it broke off, and given up by ``close``.
An event loop of its own works inside; nothing of it, and no exception of AsyncSSH, comes out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import TypeVar

import asyncssh

from ml_connector.clock import Clock
from ml_connector.errors import IntegrityError, TransientError
from ml_connector.sftp.address import Deadlines, RefusalBook, SftpAddress
from ml_connector.sftp.connecting import open_connection, start_sftp
from ml_connector.sftp.faults import REFUSALS_MAX, SignInRefused, SignInRested, TimedOut
from ml_connector.sftp.files import Fetched, PutReceipt, RemoteFile, VanishedOrGrowing, split_path
from ml_connector.sftp.folder_faults import BROKEN, FOREIGN, LandingUnknown, Place, translate_fault
from ml_connector.sftp.listing import list_folder, look_at, look_at_path
from ml_connector.sftp.loop import LoopThread
from ml_connector.sftp.reading import CLOSE_SECONDS, ReadBounds, fetch, forget_fault
from ml_connector.sftp.settling import list_settled_files
from ml_connector.sftp.writing import Upload, delete, move, put

__all__ = ["SftpSession", "list_settled_files"]

T = TypeVar("T")

_HOUR = timedelta(hours=1)

_Operation = Callable[[asyncssh.SFTPClient], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Refusals:
    """No more than three refused sign-ins an hour: servers lock accounts for less (``fault_catalogue.md`` 106)."""

    book: RefusalBook
    clock: Clock

    def require_another_try(self, address: SftpAddress) -> None:
        """Raises ``SignInRested`` where the hour has had its refusals."""
        recent = self._recent(address)
        if len(recent) >= REFUSALS_MAX:
            raise SignInRested(address.host, address.username, recent[-REFUSALS_MAX] + _HOUR)

    def note(self, address: SftpAddress) -> None:
        """One more."""
        self.book.save_refusals(address.account, (*self._recent(address), self.clock.now()))

    def forget(self, address: SftpAddress) -> None:
        """A sign-in went well."""
        if self.book.load_refusals(address.account):
            self.book.save_refusals(address.account, ())

    def _recent(self, address: SftpAddress) -> list[datetime]:
        since = self.clock.now() - _HOUR
        return [each for each in self.book.load_refusals(address.account) if each > since]


class SftpSession:
    """A session with one account; safe to use from several threads, cheap until first used.

    Every method raises a fault of ``ml_connector.errors`` whose code starts with ``sftp.`` and whose ``stage`` says
    what it was doing. A method whose connection breaks off is run once more on a new one: each may be repeated. One
    that waits while ``cuts`` becomes True ends in KeyboardInterrupt. With ``reads_only``, what would change anything on
    the server is an IntegrityError ``sftp.write_in_dry_run``.
    """

    def __init__(
        self,
        address: SftpAddress,
        *,
        deadlines: Deadlines | None = None,
        reads_only: bool = False,
        cuts: Callable[[], bool] | None = None,
        refusals: Refusals | None = None,
    ) -> None:
        self._address = address
        self._deadlines = deadlines or Deadlines()
        self._reads_only = reads_only
        self._thread = LoopThread(f"sftp {address.host}", cuts)
        self._refusals = refusals
        self._link = _Link(address, self._deadlines, refusals)

    def __enter__(self) -> SftpSession:
        """Nothing is opened yet: the first use does."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close, whatever happened."""
        self.close()

    def connect(self) -> None:
        """Connect and sign in now; needed by nobody but the staged check."""
        self._thread.run(self._link.ready())

    def close(self) -> None:
        """End the session and its thread; the session may be used again afterwards."""
        if self._thread.started:
            self._thread.run(self._link.drop())
            self._thread.close()
            self._link = _Link(self._address, self._deadlines, self._refusals)

    def list_files(
        self,
        folder: str,
        *,
        names_max: int = 200_000,
        keep: Callable[[RemoteFile], bool] = lambda file: True,
        stage: str = "outbound_list",
    ) -> list[RemoteFile]:
        """Every entry of a folder that ``keep`` wants, links and folders included, or an error and nothing.

        ``keep`` is asked while the listing comes in, so a large folder need not fit into memory. Unsafe names come as
        entries with ``unsafe`` set.
        """
        place = Place(self._address.host, stage, folder)
        return self._run(
            lambda sftp: list_folder(sftp, place, names_max=names_max, keep=keep),
            place,
            self._deadlines.listing_seconds,
        )

    def look_at_files(self, files: Sequence[RemoteFile], *, stage: str = "outbound_list") -> list[RemoteFile | None]:
        """Listed files as they are now, many at a time, in the same order; None for one that is gone."""
        place = Place(self._address.host, stage, files[0].folder if files else "")
        return self._run(lambda sftp: look_at(sftp, files), place, self._deadlines.listing_seconds)

    def stat_file(self, path: str, *, stage: str = "outbound_list") -> RemoteFile | None:
        """One entry as it is now, a link not followed; None where there is none."""
        folder, name = split_path(path)
        place = Place(self._address.host, stage, folder)
        return self._run(lambda sftp: look_at_path(sftp, folder, name), place, self._deadlines.small_seconds)

    def fetch_file(self, path: str, *, size_bytes_max: int, reads: int = 1) -> Fetched:
        """One file whole, or the value saying why it was not taken.

        With ``reads=2`` it is read twice and both must be equal: for files seen for less than ten minutes
        (``posting_protocol.md 9``).
        """
        bounds = ReadBounds(size_bytes_max, self._deadlines.file_seconds, reads)
        return self._thread.run(self._fetch(path, bounds))

    def fetch_many(
        self,
        files: Sequence[tuple[str, int]],
        *,
        size_bytes_max: int,
        in_flight: int = 32,
        bytes_in_flight: int = 32 * 1024 * 1024,
        reads: int = 1,
    ) -> Generator[Fetched, None, None]:
        """As ``fetch_file`` for many files, each a path and the size its listing showed, in the order asked.

        So many files, and so many bytes of them, are on their way or wait in memory, one file at the least. An error of
        the connection is raised where the iterator stands; what was given out before is complete.
        """
        bounds = ReadBounds(size_bytes_max, self._deadlines.file_seconds, reads)
        waiting: deque[tuple[Future[Fetched], int]] = deque()
        weight, asked = 0, 0
        try:
            while asked < len(files) or waiting:
                while asked < len(files) and (
                    not waiting or (len(waiting) < in_flight and weight + files[asked][1] <= bytes_in_flight)
                ):
                    path, size = files[asked]
                    waiting.append((self._thread.submit(self._fetch(path, bounds)), size))
                    weight, asked = weight + size, asked + 1
                future, size = waiting.popleft()
                weight -= size
                yield self._thread.wait(future)
        finally:
            for future, _ in waiting:
                future.cancel()

    def put_file(self, folder: str, name: str, content: bytes) -> PutReceipt:
        """Upload under ``.{name}.part``, rename, read back; never replaces anything else (``NameTaken``).

        The same bytes already under the name are a success. ``LandingUnknown`` is raised where the answer to the rename
        was lost and looking again did not decide it.
        """
        place = self._to_change(Place(self._address.host, "inbound_write", folder))
        upload = Upload(folder, name, content)
        try:
            return self._run(
                lambda sftp: put(sftp, upload, host=place.host, stage=place.stage), place, self._deadlines.file_seconds
            )
        except TransientError as error:
            if upload.rename_sent:
                raise LandingUnknown(
                    Place(place.host, place.stage, upload.target), "the connection broke off while it was renamed"
                ) from error
            raise

    def move_file(self, source: str, target: str) -> None:
        """Move a file to a free name (``NameTaken`` otherwise); done before is done."""
        place = self._to_change(Place(self._address.host, "outbound_move", split_path(target)[0]))
        self._run(
            lambda sftp: move(sftp, source, target, host=place.host, stage=place.stage),
            place,
            self._deadlines.small_seconds,
        )

    def delete_file(self, path: str, *, stage: str = "outbound_delete") -> None:
        """Delete a file; one that is gone already is fine."""
        place = self._to_change(Place(self._address.host, stage, path))
        self._run(lambda sftp: delete(sftp, path), place, self._deadlines.small_seconds)

    def _to_change(self, place: Place) -> Place:
        if self._reads_only:
            raise IntegrityError(
                "A dry run was about to change something on the SFTP server; it was stopped before anything was sent.",
                fix="Tell the makers of ml-connector; nothing was written.",
                stage=place.stage,
                code="sftp.write_in_dry_run",
            )
        return place

    def _run(self, operation: _Operation[T], place: Place, seconds: float) -> T:
        return self._thread.run(self._link.use(operation, place, seconds))

    async def _fetch(self, path: str, bounds: ReadBounds) -> Fetched:
        folder, _ = split_path(path)
        place = Place(self._address.host, "outbound_read", folder)
        # The file's own deadline ends in a value; this one, a little later, ends a connection that hangs.
        seconds = bounds.seconds + CLOSE_SECONDS + self._deadlines.small_seconds
        fetched = await self._link.use(lambda sftp: fetch(sftp, path, bounds), place, seconds)
        if isinstance(fetched, VanishedOrGrowing) and fetched.code == "sftp.file_slow":
            # One slow file is left for later; a server that answers nothing any more must not cost this for each.
            await self._link.use(lambda sftp: look_at_path(sftp, folder, "."), place, self._deadlines.small_seconds)
        return fetched


class _Link:
    """The present connection of a session, on the loop's side: made when needed, replaced when it broke off."""

    def __init__(self, address: SftpAddress, deadlines: Deadlines, refusals: Refusals | None) -> None:
        self._address = address
        self._deadlines = deadlines
        self._refusals = refusals
        self._guard = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None

    async def ready(self) -> asyncssh.SFTPClient:
        """The session's SFTP client, connecting and signing in first where there is none or it is closed."""
        async with self._guard:
            if self._sftp is None or self._connection is None or self._connection.is_closed():
                await self._end()
                self._connection = await self._open()
                self._sftp = await start_sftp(self._address, self._connection, self._deadlines)
            return self._sftp

    async def _open(self) -> asyncssh.SSHClientConnection:
        if self._refusals is None:
            return await open_connection(self._address, self._deadlines)
        self._refusals.require_another_try(self._address)
        try:
            connection = await open_connection(self._address, self._deadlines)
        except SignInRefused:
            self._refusals.note(self._address)
            raise
        self._refusals.forget(self._address)
        return connection

    async def drop(self, broken: asyncssh.SFTPClient | None = None) -> None:
        """Give the connection up; where ``broken`` is given, only if it is still the present one."""
        async with self._guard:
            if broken is None or broken is self._sftp:
                await self._end()

    async def use(self, operation: _Operation[T], place: Place, seconds: float) -> T:
        """Run an operation within its deadline, once more on a new connection if the first one broke off."""
        for last in (False, True):
            sftp = await self.ready()
            try:
                return await self._bounded(operation(sftp), sftp, place, seconds)
            except BROKEN as error:
                await self.drop(sftp)
                if last:
                    raise translate_fault(error, place) from error
            except FOREIGN as error:
                raise translate_fault(error, place) from error
        raise AssertionError("the second try either returns or raises")

    async def _bounded(self, working: Awaitable[T], sftp: asyncssh.SFTPClient, place: Place, seconds: float) -> T:
        task = asyncio.ensure_future(working)
        task.add_done_callback(forget_fault)
        try:
            await asyncio.wait({task}, timeout=seconds)
            if task.done():
                return task.result()
        finally:
            if not task.done():
                # Time to tidy up on the server while it answers; then nothing may wait for it any more.
                task.cancel()
                await asyncio.wait({task}, timeout=self._deadlines.close_seconds)
        await self.drop(sftp)
        raise TimedOut(place.host, stage=place.stage, seconds=seconds)

    async def _end(self) -> None:
        connection, self._connection, self._sftp = self._connection, None, None
        if connection is None:
            return
        connection.close()
        try:
            async with asyncio.timeout(self._deadlines.close_seconds):
                await connection.wait_closed()
        except TimeoutError:
            connection.abort()
