"""A server that lies about its files gets nothing taken, and stops nobody."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from itertools import count

import asyncssh
import pytest

from ml_connector.sftp.faults import TimedOut
from ml_connector.sftp.files import FetchedFile, RefusedFile, RemoteFile, VanishedOrGrowing
from ml_connector.sftp.folder_faults import ListingTooLong
from ml_connector.sftp.reading import BLOCK_BYTES_MAX
from ml_connector.sftp.session import SftpSession
from tests.wire.sftp.addresses import QUICK
from tests.wire.sftp.hostile import REGULAR, Memory, MemoryServer, OpenFile, attributes_of, serving, stall

CONTENT = bytes(range(256)) * 4096  # 1 MiB, no two blocks of odd size alike
MIB = 1024 * 1024


class Growing(MemoryServer):
    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        assert isinstance(file_obj, OpenFile)
        piece = await super().read(file_obj, offset, size)
        self.memory.files[file_obj.path] += b"more\r\n"
        return piece


class Endless(MemoryServer):
    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return b"x" * size


class EarlyEnd(MemoryServer):
    """Ends before its announced size."""

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return (await super().read(file_obj, offset, size)) if offset < 100_000 else b""


class Hole(MemoryServer):
    """Says the file ends in its second half mebibyte, and goes on after it all the same."""

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return b"" if MIB // 4 <= offset < MIB // 2 else await super().read(file_obj, offset, size)


class OneByteShort(MemoryServer):
    """Leaves the last byte of the first block out and gives one more at the end: the length looks right."""

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        assert isinstance(file_obj, OpenFile)
        content = self.memory.files[file_obj.path] + b"!"
        end = min(offset + size, BLOCK_BYTES_MAX - 1) if offset < BLOCK_BYTES_MAX else offset + size
        return content[offset:end]


class OddBlocks(MemoryServer):
    """Never gives more than 7,777 bytes at once."""

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        return await super().read(file_obj, offset, min(size, 7_777))


class ChangingInPlace(MemoryServer):
    """Other bytes at each read, size and time untouched."""

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        self.memory.calls.append("read")
        return b"%010d" % self.memory.calls.count("read")


class Trickling(MemoryServer):
    """Gives one file a byte at a time, and goes on answering."""

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        assert isinstance(file_obj, OpenFile)
        if not file_obj.path.endswith(b"slow.csv"):
            return await super().read(file_obj, offset, size)
        await asyncio.sleep(0.05)
        return await super().read(file_obj, offset, 1)


class Frozen(MemoryServer):
    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        await stall()
        return b""


class Locked(MemoryServer):
    """What servers on Windows do with a file that is still open for writing."""

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        raise asyncssh.SFTPFailure("sharing violation \x1b[31m")


def fetch(
    kind: type[MemoryServer], content: bytes = CONTENT, *, reads: int = 1
) -> FetchedFile | VanishedOrGrowing | RefusedFile:
    with (
        serving(kind, memory=Memory(files={b"/out/a.csv": content})) as (address, _),
        SftpSession(address) as session,
    ):
        return session.fetch_file("/out/a.csv", size_bytes_max=2 * MIB, reads=reads)


def test_a_growing_file_is_left_for_later() -> None:
    assert fetch(Growing, b"a,b\r\n") == VanishedOrGrowing(
        "/out/a.csv", "sftp.file_growing", "File /out/a.csv is still being written"
    )


@pytest.mark.parametrize("content", [b"", b"0123456789", CONTENT])
def test_a_file_that_gives_more_than_announced_is_refused(content: bytes) -> None:
    assert fetch(Endless, content) == RefusedFile(
        "/out/a.csv", "sftp.more_than_announced", "The server gives more data than announced for /out/a.csv"
    )


def test_a_file_that_ends_early_is_left_for_later() -> None:
    fetched = fetch(EarlyEnd)
    assert isinstance(fetched, VanishedOrGrowing)
    assert fetched.code == "sftp.file_growing"
    assert "of 1,048,576 announced bytes" in fetched.message


def test_a_hole_in_the_middle_is_never_filled_up() -> None:
    fetched = fetch(Hole)
    assert isinstance(fetched, VanishedOrGrowing)
    assert fetched.code == "sftp.file_growing"


def test_a_byte_left_out_is_not_made_up_by_one_too_many_at_the_end() -> None:
    fetched = fetch(OneByteShort)
    assert isinstance(fetched, VanishedOrGrowing)
    assert fetched.code == "sftp.file_growing"


def test_odd_block_sizes_change_nothing() -> None:
    fetched = fetch(OddBlocks)
    assert isinstance(fetched, FetchedFile)
    assert (fetched.size_bytes, fetched.sha256) == (MIB, hashlib.sha256(CONTENT).hexdigest())
    assert fetched.content == CONTENT


def test_a_young_file_rewritten_in_place_is_noticed_by_the_second_read() -> None:
    assert fetch(ChangingInPlace, b"0123456789", reads=2) == VanishedOrGrowing(
        "/out/a.csv", "sftp.file_growing", "/out/a.csv changed while it was read"
    )


def test_a_file_locked_by_its_writer_is_left_for_later_with_the_servers_words_made_safe() -> None:
    assert fetch(Locked) == VanishedOrGrowing(
        "/out/a.csv", "sftp.file_unreadable", "/out/a.csv cannot be read now: sharing violation \\x1b[31m"
    )


def test_one_slow_file_does_not_stop_the_others() -> None:
    memory = Memory(files={b"/out/1.csv": b"one", b"/out/2slow.csv": CONTENT, b"/out/3.csv": b"three"})
    with serving(Trickling, memory=memory) as (address, _), SftpSession(address, deadlines=QUICK) as session:
        paths = ["/out/1.csv", "/out/2slow.csv", "/out/3.csv"]
        fetched = list(session.fetch_many([(path, 5) for path in paths], size_bytes_max=MIB))
    assert fetched[1] == VanishedOrGrowing(
        "/out/2slow.csv", "sftp.file_slow", "Download too slow: not done in 1 seconds"
    )
    assert [one.content for one in fetched if isinstance(one, FetchedFile)] == [b"one", b"three"]


def test_a_server_that_answers_nothing_any_more_is_an_error_not_a_slow_file() -> None:
    with (
        serving(Frozen, memory=Memory(files={b"/out/slow.csv": b"x"})) as (address, _),
        SftpSession(address, deadlines=QUICK) as session,
        pytest.raises(TimedOut) as raised,
    ):
        session.fetch_file("/out/slow.csv", size_bytes_max=MIB)
    assert raised.value.stage == "outbound_read"


def listing_of(*entries: asyncssh.SFTPName) -> list[RemoteFile]:
    class Listing(MemoryServer):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            for entry in entries:
                yield entry

    with serving(Listing) as (address, _), SftpSession(address) as session:
        return session.list_files("/out")


HOSTILE_NAMES = {
    b"../../etc/cron.d/x": "a path instead of a name",
    b"/etc/passwd": "a path instead of a name",
    b"..\\..\\x": "a path instead of a name",
    b"": "not a name",
    b"C:x.csv": "a drive letter",
    b"CON": "a device name",
    b"nul.csv": "a device name",
    b"a\0.csv": "control characters",
    b"a\n.csv": "control characters",
    b"\x1b[2Ja.csv": "control characters",
    "a\u2028.csv".encode(): "control characters",
    b"x" * 256: "longer than 255 bytes",
    b"x" * 4096: "longer than 255 bytes",
    b"x" * 1_000_000: "longer than 255 bytes",
    b"\xff\xfe.csv": "not readable as UTF-8 (hex fffe2e637376)",
    ("é" * 200).encode(): "longer than 255 bytes",
}


@pytest.mark.parametrize(("raw", "why"), HOSTILE_NAMES.items(), ids=lambda value: repr(value)[:30])
def test_a_hostile_name_is_shown_escaped_and_never_opened(raw: bytes, why: str) -> None:
    (file,) = listing_of(asyncssh.SFTPName(raw, b"", attributes_of(b"x")))
    assert file.unsafe == why
    assert file.raw_name == raw[:256]
    assert file.name.isprintable()
    assert len(file.name) <= 1024
    with pytest.raises(ValueError, match="Unsafe file name; not read"):
        _ = file.path


def test_a_hostile_path_is_refused_without_a_request() -> None:
    with serving() as (address, memory), SftpSession(address) as session:
        fetched = session.fetch_file("/out/..", size_bytes_max=MIB)
    assert fetched == RefusedFile("/out/..", "sftp.unsafe_name", "Unsafe file name; not read: not a name")
    assert memory.calls == []


def test_sizes_and_times_beyond_reason_are_clamped() -> None:
    attributes = asyncssh.SFTPAttrs(size=2**64 - 1, permissions=REGULAR, atime=2**32 - 1, mtime=2**32 - 1)
    (file,) = listing_of(asyncssh.SFTPName(b"a.csv", b"", attributes))
    assert (file.size_bytes, file.kind) == (2**63 - 1, "file")
    assert file.modified_at is not None
    assert file.modified_at.year == 2106


def test_a_name_that_is_repeated_is_listed_once() -> None:
    entry = asyncssh.SFTPName(b"a.csv", b"", attributes_of(b"x"))
    assert [file.name for file in listing_of(entry, entry, entry)] == ["a.csv"]


def test_a_type_the_listing_left_out_is_asked_for() -> None:
    class Silent(MemoryServer):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            yield asyncssh.SFTPName(b"a.csv", b"", asyncssh.SFTPAttrs())

    with (
        serving(Silent, memory=Memory(files={b"/out/a.csv": b"abc"})) as (address, _),
        SftpSession(address) as session,
    ):
        (file,) = session.list_files("/out")
    assert (file.kind, file.size_bytes) == ("file", 3)


class EndlessListing(MemoryServer):
    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        for number in count():
            yield asyncssh.SFTPName(b"%d.csv" % number, b"", attributes_of(b"x"))


def test_a_listing_that_never_ends_is_cut_at_its_cap_and_gives_nothing() -> None:
    with (
        serving(EndlessListing) as (address, _),
        SftpSession(address) as session,
        pytest.raises(ListingTooLong) as raised,
    ):
        session.list_files("/out", names_max=2_000)
    assert raised.value.code == "sftp.listing_too_long"
    assert raised.value.message.endswith("does not end: 2,001 names so far; nothing was taken.")


class StallingListing(MemoryServer):
    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        yield asyncssh.SFTPName(b"a.csv", b"", attributes_of(b"x"))
        await stall()


def test_a_listing_that_stalls_ends_at_its_deadline() -> None:
    with (
        serving(StallingListing) as (address, _),
        SftpSession(address, deadlines=QUICK) as session,
        pytest.raises(TimedOut) as raised,
    ):
        session.list_files("/out")
    assert (raised.value.code, raised.value.stage) == ("sftp.timed_out", "outbound_list")


def test_no_more_bytes_are_on_their_way_than_allowed_but_one_file_at_the_least() -> None:
    memory = Memory(files={b"/out/%d.csv" % number: b"x" * 10 for number in range(6)})
    files = [(f"/out/{number}.csv", 10) for number in range(6)]
    opened: list[list[str]] = []
    for bytes_in_flight in (1, 25):
        memory.calls.clear()
        with serving(memory=memory) as (address, _), SftpSession(address) as session:
            coming = session.fetch_many(files, size_bytes_max=MIB, bytes_in_flight=bytes_in_flight)
            first = next(coming)
            # All that was asked for before the first was given out; what is asked for next waits for its taker.
            time.sleep(0.05)
            opened.append(sorted(call for call in memory.calls if call.startswith("open")))
            rest = list(coming)
        assert [isinstance(each, FetchedFile) for each in (first, *rest)] == [True] * 6
    assert opened[0] == ["open /out/0.csv"]
    assert set(opened[1]) <= {"open /out/0.csv", "open /out/1.csv"}
