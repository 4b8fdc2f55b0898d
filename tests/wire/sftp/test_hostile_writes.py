"""Putting and moving files when the server, its disk or the line fails in the middle."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import asyncssh
import pytest

from ml_connector.sftp.faults import ConnectionDropped
from ml_connector.sftp.files import PutReceipt
from ml_connector.sftp.folder_faults import (
    DiskFull,
    FileGone,
    FolderMissing,
    LandingUnknown,
    NameTaken,
    NameUnsafe,
    NoPermission,
    ServerFailure,
)
from ml_connector.sftp.session import SftpSession
from tests.wire.sftp.hostile import Memory, MemoryServer, OpenFile, room, serving

ROWS = b"VendorID,VendorName\r\nV1,Northgate\r\n"
SHA256 = hashlib.sha256(ROWS).hexdigest()


def landed(proof: str = "bytes", outcome: str = "landed") -> PutReceipt:
    return PutReceipt("/in/vendors.csv", len(ROWS), SHA256, outcome, proof)  # type: ignore[arg-type]


def put_on(kind: type[MemoryServer], memory: Memory) -> PutReceipt:
    with serving(kind, memory=memory) as (address, _), SftpSession(address) as session:
        return session.put_file("/in", "vendors.csv", ROWS)


class DropsAfterRename(MemoryServer):
    """The first rename is done, and its answer never comes."""

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await super().rename(oldpath, newpath)
        if "hang_up" not in self.memory.calls:
            self.hang_up()


class DropsBeforeRename(MemoryServer):
    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        if "hang_up" not in self.memory.calls:
            self.hang_up()
            return
        await super().rename(oldpath, newpath)


class AlwaysDropsAtRename(MemoryServer):
    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self.hang_up()


class TakesAwayAndDrops(MemoryServer):
    """The reader is so quick that the file is gone before anybody can look."""

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await super().rename(oldpath, newpath)
        del self.memory.files[newpath]
        self.hang_up()


class TakesAwayAtOnce(MemoryServer):
    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await super().rename(oldpath, newpath)
        del self.memory.files[newpath]


class DropsDuringUpload(MemoryServer):
    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        await super().write(file_obj, offset, data[: len(data) // 2])
        self.hang_up()
        return len(data)


def test_a_rename_whose_answer_was_lost_is_decided_by_looking() -> None:
    memory = Memory()
    assert put_on(DropsAfterRename, memory) == landed()
    assert memory.files == {b"/in/vendors.csv": ROWS}
    assert memory.calls.count("rename") == 1


def test_a_rename_that_never_arrived_is_sent_again() -> None:
    memory = Memory()
    assert put_on(DropsBeforeRename, memory) == landed()
    assert memory.files == {b"/in/vendors.csv": ROWS}


def test_a_rename_that_is_lost_twice_is_uncertain_and_leaves_no_visible_file() -> None:
    memory = Memory()
    with pytest.raises(LandingUnknown) as raised:
        put_on(AlwaysDropsAtRename, memory)
    assert (raised.value.family, raised.value.code, raised.value.stage) == (
        "uncertain",
        "sftp.landing_unknown",
        "inbound_write",
    )
    assert memory.files == {b"/in/.vendors.csv.part": ROWS}


def test_a_file_that_is_nowhere_after_a_lost_rename_is_uncertain() -> None:
    memory = Memory()
    with pytest.raises(LandingUnknown, match="neither under its part name nor under its own"):
        put_on(TakesAwayAndDrops, memory)
    assert memory.files == {}


def test_a_file_its_reader_takes_at_once_has_landed() -> None:
    assert put_on(TakesAwayAtOnce, Memory()) == landed("rename")


def test_a_line_that_breaks_during_the_upload_leaves_a_part_name_only() -> None:
    memory = Memory()
    with pytest.raises(ConnectionDropped) as raised:
        put_on(DropsDuringUpload, memory)
    assert (raised.value.family, raised.value.stage) == ("transient", "inbound_write")
    assert list(memory.files) == [b"/in/.vendors.csv.part"]
    assert put_on(MemoryServer, memory) == landed()
    assert memory.files == {b"/in/vendors.csv": ROWS}


def test_the_same_bytes_under_the_name_are_a_success_and_nothing_is_written() -> None:
    memory = Memory(files={b"/in/vendors.csv": ROWS})
    assert put_on(MemoryServer, memory) == landed(outcome="already_there")
    assert "rename" not in memory.calls


@pytest.mark.parametrize("there", [b"other", ROWS.replace(b"V1", b"V2"), ROWS + b"V2,Harbor\r\n", b""])
def test_other_content_under_the_name_is_left_as_it_is(there: bytes) -> None:
    memory = Memory(files={b"/in/vendors.csv": there})
    with pytest.raises(NameTaken) as raised:
        put_on(MemoryServer, memory)
    assert raised.value.message == (
        "/in/vendors.csv already exists on 127.0.0.1 with other content; it was left as it is."
    )
    assert memory.files == {b"/in/vendors.csv": there}


class AppearsMeanwhile(MemoryServer):
    """Somebody else puts another file under the name while ours is on its way."""

    async def fsync(self, file_obj: object) -> None:
        self.memory.files[b"/in/vendors.csv"] = b"other"


def test_a_name_that_is_taken_during_the_upload_is_never_replaced() -> None:
    memory = Memory()
    with pytest.raises(NameTaken):
        put_on(AppearsMeanwhile, memory)
    assert memory.files == {b"/in/vendors.csv": b"other"}
    assert "posix_rename" not in memory.calls


class OnlyPosixRename(MemoryServer):
    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("no plain rename")


class NoRename(OnlyPosixRename):
    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("no posix rename")


def test_posix_rename_serves_where_plain_rename_cannot() -> None:
    memory = Memory()
    assert put_on(OnlyPosixRename, memory) == landed()
    assert memory.files == {b"/in/vendors.csv": ROWS}


def test_a_server_without_any_rename_keeps_nothing() -> None:
    memory = Memory()
    with pytest.raises(ServerFailure):
        put_on(NoRename, memory)
    assert memory.files == {}


class NoFsync(MemoryServer):
    async def fsync(self, file_obj: object) -> None:
        raise asyncssh.SFTPOpUnsupported("no fsync")


def test_a_server_without_fsync_still_takes_files() -> None:
    assert put_on(NoFsync, Memory()) == landed()


def test_a_server_with_fsync_is_asked_for_it_before_the_rename() -> None:
    memory = Memory()
    put_on(MemoryServer, memory)
    assert [call for call in memory.calls if call in {"fsync", "rename"}] == ["fsync", "rename"]


class Full(MemoryServer):
    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        raise asyncssh.SFTPFailure("Failure")

    async def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        return room(blocks=0)


class FullAtFsync(Full):
    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        return await MemoryServer.write(self, file_obj, offset, data)

    async def fsync(self, file_obj: object) -> None:
        raise asyncssh.SFTPFailure("Failure")


class OverQuota(MemoryServer):
    """No space for this account, although the disk has room."""

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        raise asyncssh.SFTPFailure("Failure")


@pytest.mark.parametrize("kind", [Full, FullAtFsync])
def test_a_full_disk_is_named_and_the_part_file_removed(kind: type[MemoryServer]) -> None:
    memory = Memory()
    with pytest.raises(DiskFull) as raised:
        put_on(kind, memory)
    assert (raised.value.family, raised.value.code, raised.value.stage) == (
        "transient",
        "sftp.disk_full",
        "inbound_write",
    )
    assert raised.value.message == "No space left on 127.0.0.1 for /in; no part of the file was left there."
    assert memory.files == {}


def test_a_refused_write_without_a_reason_says_what_it_may_be() -> None:
    memory = Memory()
    with pytest.raises(ServerFailure, match=r"Failure \(its disk or quota may be full\)"):
        put_on(OverQuota, memory)
    assert memory.files == {}


class Truncating(MemoryServer):
    """Says yes to everything and stores half."""

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        return await super().write(file_obj, offset, data[: len(data) // 2])


class Garbling(MemoryServer):
    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        return await super().write(file_obj, offset, data.replace(b"V1", b"V7"))


def test_a_server_that_stores_less_than_sent_shows_no_file() -> None:
    memory = Memory()
    with pytest.raises(ServerFailure, match="only 17 of 35 bytes were stored"):
        put_on(Truncating, memory)
    assert memory.files == {}


def test_a_server_that_stores_other_bytes_than_sent_is_found_out() -> None:
    with pytest.raises(LandingUnknown, match="what lies there now is not what was sent"):
        put_on(Garbling, Memory())


class DropBox(MemoryServer):
    """Write only: nothing may be read back."""

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if not pflags & asyncssh.FXF_CREAT:
            raise asyncssh.SFTPPermissionDenied("drop box")
        return await super().open(path, pflags, attrs)


def test_a_drop_box_is_believed_by_size() -> None:
    assert put_on(DropBox, Memory()) == landed("size")


class ReadOnly(MemoryServer):
    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & asyncssh.FXF_CREAT:
            raise asyncssh.SFTPPermissionDenied("read only")
        return await super().open(path, pflags, attrs)


def test_a_folder_we_may_not_write_to_is_named() -> None:
    with pytest.raises(NoPermission) as raised:
        put_on(ReadOnly, Memory())
    assert (raised.value.family, raised.value.stage) == ("configuration", "inbound_write")
    assert raised.value.message == "No permission for /in on 127.0.0.1."


def test_a_folder_that_is_not_there_is_named_and_never_made() -> None:
    memory = Memory(folders={b"/out"})
    with pytest.raises(FolderMissing, match="Folder /in not found"):
        put_on(MemoryServer, memory)
    assert (memory.folders, memory.files) == ({b"/out"}, {})


@pytest.mark.parametrize("name", ["", "..", "a/b.csv", "a\\b.csv", "a\n.csv", "x" * 256, "x" * 250])
def test_a_name_no_folder_may_hold_is_refused_before_any_request(name: str) -> None:
    with serving() as (address, memory), SftpSession(address) as session:
        with pytest.raises(NameUnsafe):
            session.put_file("/in", name, ROWS)
        assert memory.calls == []


def move_on(kind: type[MemoryServer], memory: Memory) -> None:
    with serving(kind, memory=memory) as (address, _), SftpSession(address) as session:
        session.move_file("/out/a.csv", "/in/a.csv")


@pytest.mark.parametrize("kind", [MemoryServer, DropsAfterRename, DropsBeforeRename, OnlyPosixRename])
def test_a_move_is_done_once_whatever_happens_to_its_answer(kind: type[MemoryServer]) -> None:
    memory = Memory(files={b"/out/a.csv": ROWS})
    move_on(kind, memory)
    assert memory.files == {b"/in/a.csv": ROWS}


def test_a_move_done_before_is_left() -> None:
    memory = Memory(files={b"/in/a.csv": ROWS})
    move_on(MemoryServer, memory)
    assert memory.files == {b"/in/a.csv": ROWS}


def test_a_move_onto_a_taken_name_changes_nothing() -> None:
    memory = Memory(files={b"/out/a.csv": ROWS, b"/in/a.csv": b"other"})
    with pytest.raises(NameTaken) as raised:
        move_on(MemoryServer, memory)
    assert raised.value.stage == "outbound_move"
    assert memory.files == {b"/out/a.csv": ROWS, b"/in/a.csv": b"other"}


def test_a_file_to_move_that_is_nowhere_is_named() -> None:
    with pytest.raises(FileGone, match=r"/out/a\.csv is no longer on"):
        move_on(MemoryServer, Memory())


def test_deleting_twice_is_deleting_once() -> None:
    memory = Memory(files={b"/out/a.csv": ROWS})
    with serving(memory=memory) as (address, _), SftpSession(address) as session:
        session.delete_file("/out/a.csv")
        session.delete_file("/out/a.csv")
    assert memory.files == {}


class DropsOnRead(MemoryServer):
    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        assert isinstance(file_obj, OpenFile)
        if "hang_up" not in self.memory.calls:
            self.hang_up()
        return await super().read(file_obj, offset, size)


def test_a_download_that_breaks_off_is_started_anew_on_a_new_connection() -> None:
    memory = Memory(files={b"/out/a.csv": ROWS})
    with serving(DropsOnRead, memory=memory) as (address, _), SftpSession(address) as session:
        fetched = session.fetch_file("/out/a.csv", size_bytes_max=100)
    assert getattr(fetched, "content", None) == ROWS
    assert memory.sign_ins == ["harbor", "harbor"]


class EndsItsSession(MemoryServer):
    """Ends the SFTP session the first time a folder is listed, and keeps the connection."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        if "ended" not in self.memory.calls:
            self.memory.calls.append("ended")
            self.channel.close()
        async for name in super().scandir(path):
            yield name


def test_a_session_that_ended_on_a_living_connection_is_made_again() -> None:
    memory = Memory(files={b"/out/a.csv": ROWS})
    with serving(EndsItsSession, memory=memory) as (address, _), SftpSession(address) as session:
        assert [file.name for file in session.list_files("/out")] == ["a.csv"]
    assert memory.sign_ins == ["harbor", "harbor"]
