"""Sections D and E of the fault catalogue, row by row: files on their way from a server that fails, or means harm.

Rows that are proven on the edge, on the flows or on the log alone are in the index, with the test of each.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncssh
import pytest

from ml_connector.bootstrap.folders import SftpFolders
from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.arrivals import Fetched
from ml_connector.errors import ConnectorError
from ml_connector.flows.invoices.carry_invoices import carry_invoices
from ml_connector.layouts.reading import read_document_file
from ml_connector.sftp.address import SftpAddress
from ml_connector.sftp.files import FetchedFile
from ml_connector.sftp.folder_faults import DiskFull, ListingTooLong, NameTaken
from ml_connector.sftp.session import Refusals, SftpSession
from ml_connector.store.connections import RefusalRepository
from ml_connector.store.secret_rows import SecretRows
from tests.builders import an_invoice
from tests.databases import fresh_database
from tests.flows.in_memory.house import House, a_house
from tests.layouts.builders import STANDARD, invoice_text
from tests.openssh import running_sshd
from tests.wire.sftp.addresses import address_of
from tests.wire.sftp.hostile import PASSWORD, Memory, MemoryServer, attributes_of, room, serving

FEED = "approved_invoices"
NOW = datetime(2026, 10, 14, 12, tzinfo=UTC)
MIB = 1024 * 1024


def numbered(*numbers: int) -> list[object]:
    """An invoice of its own for each number."""
    return [an_invoice(invoice_number=f"INV-{number}", external_id=f"ST-{number}") for number in numbers]


def drop(house: House, name: str, *numbers: int) -> None:
    """A file with these invoices appears, or changes."""
    house.exchange.drop_invoices(name, *numbered(*numbers))  # type: ignore[arg-type]


def reasons(house: House) -> list[tuple[str, str, str | None]]:
    """Name, state and reason of the files one more pass looked at."""
    return [(file.name, file.state, file.reason) for file in carry_invoices(house.context()).files]


@contextmanager
def folders_on(server: type[MemoryServer], memory: Memory) -> Iterator[SftpFolders]:
    """The product's folders on a server of that behaviour."""
    with serving(server, memory=memory) as (address, _), SftpSession(address) as session:
        yield SftpFolders(session, SimulatedClock(NOW), settle_seconds=0)


@pytest.fixture
def refusing() -> Iterator[tuple[Memory, SftpAddress]]:
    """A server that knows another password."""
    with serving(memory=Memory()) as (address, memory):
        yield memory, replace(address, password="canary-wrong-password")


def test_row_106_a_refused_account_is_tried_three_times_an_hour_at_most(
    refusing: tuple[Memory, SftpAddress], tmp_path: Path
) -> None:
    memory, address = refusing
    clock = SimulatedClock(NOW)
    with closing(fresh_database(tmp_path)) as database:
        book = RefusalRepository(database, "harbor", clock)

        def try_to_sign_in(address: SftpAddress) -> str:
            # Each time as a process of its own.
            with SftpSession(address, refusals=Refusals(book, clock)) as session:
                try:
                    session.connect()
                except ConnectorError as error:
                    return error.code
            return "in"

        codes = [try_to_sign_in(address) for _ in range(5)]
        assert codes == ["sftp.sign_in_refused"] * 3 + ["sftp.sign_in_rested"] * 2
        assert len(memory.sign_ins) == 3
        clock.sleep(3601)
        assert try_to_sign_in(address) == "sftp.sign_in_refused"
        assert try_to_sign_in(address) == "sftp.sign_in_refused"
        assert try_to_sign_in(replace(address, username="another")) == "sftp.sign_in_refused"
        assert try_to_sign_in(replace(address, password=PASSWORD)) == "in"
        assert book.load_refusals(address.account) == ()


def test_row_106_a_secret_that_is_set_anew_is_tried_at_once(tmp_path: Path) -> None:
    clock = SimulatedClock(NOW)
    with closing(fresh_database(tmp_path)) as database:
        book = RefusalRepository(database, "harbor", clock)
        book.save_refusals("a@b:22", [NOW] * 3)
        assert len(book.load_refusals("a@b:22")) == 3
        clock.sleep(60)
        SecretRows(database, clock).save_sealed(
            "harbor",
            "stampli.password",
            version=1,
            key_id="k",
            wrapped_key=b"w",
            sealed=b"s",
            set_at=clock.now(),
            set_by="x",
        )
        assert book.load_refusals("a@b:22") == ()


def test_row_108_a_second_key_is_told_while_the_old_pin_works(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kinds = ("ecdsa-sha2-nistp256", "ssh-ed25519")
    with running_sshd(tmp_path, host_key_types=kinds) as server:
        with (
            caplog.at_level(logging.WARNING, logger="ml_connector"),
            SftpSession(address_of(server, host_keys=server.host_keys[:1])) as session,
        ):
            for _ in range(100):
                session.list_files(server.outbound)
                if caplog.messages:
                    break
        (told,) = caplog.messages
        assert told.startswith("A second key is offered by 127.0.0.1: ssh-ed25519 SHA256:")
        assert server.host_keys[1] in told
        caplog.clear()
        with SftpSession(address_of(server, host_keys=server.host_keys)) as session:
            session.list_files(server.outbound)
        assert caplog.messages == []


def test_row_109_one_set_of_pins_serves_two_nodes_with_a_key_each(tmp_path: Path) -> None:
    with running_sshd(tmp_path) as one, running_sshd(tmp_path) as other:
        for node in (one, other):
            with SftpSession(address_of(node, host_keys=(one.host_key, other.host_key))) as session:
                assert session.list_files(node.outbound) == []


def test_row_118_growth_after_the_reading_is_told_with_what_it_brought() -> None:
    house = a_house()
    drop(house, "a.csv", 1)
    assert reasons(house) == [("a.csv", "settled", None)]
    content = house.exchange.outbound[FEED]["a.csv"].content
    house.exchange.append_invoices("a.csv", *numbered(1, 2, 3))  # type: ignore[arg-type]
    assert house.exchange.outbound[FEED]["a.csv"].content.startswith(content)
    assert reasons(house) == [("a.csv", "settled", "File grew after we read it; 2 new invoices taken")]
    assert len(house.erp.calls("create")) == 3


def test_row_119_room_made_for_a_file_that_was_never_written_refuses_it() -> None:
    text = invoice_text({}).encode()
    for content, row in ((bytes(4096), 1), (text.ljust(8192, b"\0"), 3)):
        found = read_document_file(STANDARD, FEED, name="invoices.csv", content=content)
        assert found.documents == ()
        assert [each.message for each in found.problems] == [f"File has zero bytes from row {row} on: incomplete."]


class Replaced(MemoryServer):
    """Another file takes the name between the look and the opening."""

    async def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return attributes_of(b"x")

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        self.memory.files[path] = b"another and longer file"
        return await super().open(path, pflags, attrs)


def test_row_120_what_was_opened_counts_and_not_what_was_looked_at() -> None:
    memory = Memory(files={b"/out/a.csv": b"x"})
    with serving(Replaced, memory=memory) as (address, _), SftpSession(address) as session:
        fetched = session.fetch_file("/out/a.csv", size_bytes_max=MIB, reads=2)
    assert isinstance(fetched, FetchedFile)
    assert (fetched.content, fetched.size_bytes) == (b"another and longer file", 23)


def test_row_122_a_name_with_other_content_is_told_and_each_invoice_decides_for_itself() -> None:
    house = a_house()
    drop(house, "a.csv", 1, 2)
    carry_invoices(house.context())
    drop(house, "a.csv", 2, 3)
    told = "File a.csv was delivered again with changes; 1 new invoice taken"
    assert reasons(house) == [("a.csv", "settled", told)]
    assert len(house.erp.calls("create")) == 3


def test_row_126_a_date_in_the_future_is_told_and_decides_nothing() -> None:
    house = a_house()
    drop(house, "a.csv", 1)
    house.exchange.date("a.csv", datetime(2099, 1, 2, tzinfo=UTC))
    assert reasons(house) == [("a.csv", "settled", "File date is in the future (2099-01-02 00:00 UTC)")]
    drop(house, "b.csv", 2)
    assert reasons(house) == [("b.csv", "settled", None)]


class FullElsewhere(MemoryServer):
    """Nothing can be moved: the other folder is full, for which version 3 has no word."""

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPFailure("failure")

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPFailure("failure")

    async def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        return room(blocks=0)


def test_row_130_a_file_that_cannot_be_moved_for_want_of_space_stays() -> None:
    memory = Memory(files={b"/out/a.csv": b"x"})
    with folders_on(FullElsewhere, memory) as folders, pytest.raises(DiskFull) as raised:
        folders.move("/out", "a.csv", "/in", "a.csv")
    assert (raised.value.family, raised.value.stage) == ("transient", "outbound_move")
    assert raised.value.message == ("Cannot move the file to /in/a.csv: no space on 127.0.0.1; it stays where it is.")
    assert memory.files == {b"/out/a.csv": b"x"}


def test_row_136_a_name_of_others_is_left_and_the_next_name_is_taken(tmp_path: Path) -> None:
    with running_sshd(tmp_path) as server, SftpSession(address_of(server)) as session:
        Path(server.inbound, "vendors_1.csv").write_bytes(b"other")
        with pytest.raises(NameTaken) as raised:
            session.put_file(server.inbound, "vendors_1.csv", b"ours")
        session.put_file(server.inbound, "vendors_2.csv", b"ours")
        assert {path.name: path.read_bytes() for path in Path(server.inbound).iterdir()} == {
            "vendors_1.csv": b"other",
            "vendors_2.csv": b"ours",
        }
    assert "already exists on 127.0.0.1 with other content; it was left as it is" in raised.value.message


def test_row_138_of_a_crowd_a_round_takes_500_and_says_so() -> None:
    class Crowd(MemoryServer):
        async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
            for number in range(5_001):
                yield asyncssh.SFTPName(b"a_%06d.csv" % number, b"", attributes_of(b"x"))

        async def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
            return attributes_of(b"x")

    with folders_on(Crowd, Memory()) as folders:
        listing = folders.list_settled("/out", ("a_*.csv",), lambda name, size, at: False)
        known = folders.list_settled("/out", ("a_*.csv",), lambda name, size, at: name < "a_000001.csv")
    assert (listing.crowd, [each.name for each in listing.arrivals[::499]]) == (
        5_001,
        ["a_000000.csv", "a_000499.csv"],
    )
    assert (len(listing.arrivals), known.crowd, len(known.arrivals)) == (500, 0, 5_000)


def test_row_138_each_round_is_posted_before_the_next() -> None:
    house = a_house()
    for number in range(7):
        drop(house, f"{number}.csv", number)
    house.exchange.round_files = 3
    report = carry_invoices(house.context())
    assert report.notices == (
        "7 files in the folder; taking 3 each round",
        "4 files in the folder; taking 3 each round",
    )
    assert [file.state for file in report.files] == ["settled"] * 7
    assert len(house.erp.calls("create")) == 7


def test_row_144_one_session_is_enough_where_the_server_allows_no_second(tmp_path: Path) -> None:
    with running_sshd(tmp_path, options=["MaxSessions 1"]) as server, SftpSession(address_of(server)) as session:
        for number in range(50):
            Path(server.outbound, f"a_{number}.csv").write_bytes(b"x" * number)
        folders = SftpFolders(session, SimulatedClock(NOW), settle_seconds=0)
        listing = folders.list_settled(server.outbound, ("a_*.csv",), lambda name, size, at: False)
        fetched = list(folders.fetch_many(listing.arrivals, MIB))
    assert [len(each.content) for each in fetched if isinstance(each, Fetched)] == [
        each.size_bytes for each in listing.arrivals
    ]
    assert len(fetched) == 50


def test_row_148_silence_is_an_event_once() -> None:
    house = a_house()
    for number in range(5):
        drop(house, f"{number}.csv", number)
        assert carry_invoices(house.context()).notices == ()
        house.clock.sleep(86_400)
    last = (house.clock.now() - timedelta(days=1)).astimezone(ZoneInfo(house.context().terms.time_zone))
    house.clock.sleep(7 * 86_400)
    told = f"No file since {last:%A %Y-%m-%d %H:%M} (usually daily)"
    assert [carry_invoices(house.context()).notices for _ in range(2)] == [(told,), (told,)]
    assert [note.note for note in house.files.notes if note.event == "feed.silent"] == [told]
    drop(house, "5.csv", 5)
    assert carry_invoices(house.context()).notices == ()


def test_row_149_a_number_left_out_is_listed_until_its_file_comes() -> None:
    house = a_house()
    drop(house, "inv_0041.csv", 41)
    drop(house, "inv_0043.csv", 43)
    told = "File 0042 is missing (0041, 0043 are here)"
    report = carry_invoices(house.context())
    assert report.notices == (told,)
    assert ("inv_0042.csv", "waiting", told) in [(file.name, file.state, file.reason) for file in report.files]
    assert carry_invoices(house.context()).notices == ()
    drop(house, "inv_0042.csv", 42)
    assert reasons(house) == [("inv_0042.csv", "settled", None)]
    assert sorted(file.name for file in house.files.load_files()) == [f"inv_00{number}.csv" for number in (41, 42, 43)]


class Repeating(MemoryServer):
    """A listing that begins anew for ever."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        while True:
            for number in range(20):
                yield asyncssh.SFTPName(b"a_%d.csv" % number, b"", attributes_of(b"x"))


def test_row_163_a_listing_that_repeats_its_names_for_ever_is_given_up() -> None:
    with folders_on(Repeating, Memory()) as folders, pytest.raises(ListingTooLong, match="does not end"):
        folders.list_settled("/out", ("a_*.csv",), lambda name, size, at: False)
