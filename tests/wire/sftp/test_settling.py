"""Which files of a folder may be taken, and why the others not."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.sftp.files import RemoteFile, SettledFile
from ml_connector.sftp.session import SftpSession, list_settled_files
from ml_connector.sftp.settling import is_wanted
from tests.openssh import RunningSshd

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
FOLDER = "/out"


def a_file(name: str, *, size: int = 10, minute: int = 0, kind: str = "file", unsafe: str = "") -> RemoteFile:
    at = START + timedelta(minutes=minute)
    return RemoteFile(name, name.encode(), FOLDER, size, at, kind, unsafe)  # type: ignore[arg-type]


class Folder:
    """A folder in memory whose second look may differ from the first; notes what it was asked."""

    def __init__(self, first: Sequence[RemoteFile], second: dict[str, RemoteFile | None] | None = None) -> None:
        self._first = first
        self._second = second or {}
        self.looks: list[list[str]] = []

    def list_files(
        self, folder: str, *, names_max: int, keep: Callable[[RemoteFile], bool], stage: str
    ) -> list[RemoteFile]:
        return [file for file in self._first if keep(file)]

    def look_at_files(self, files: Sequence[RemoteFile], *, stage: str) -> list[RemoteFile | None]:
        self.looks.append([file.name for file in files])
        return [self._second.get(file.name, file) for file in files]


def settle(folder: Folder, pattern: str = "invoices_*.csv", *, files_max: int = 1_000) -> list[SettledFile]:
    clock = SimulatedClock(START)
    return list_settled_files(folder, [FOLDER], patterns=[pattern], settle_seconds=5, clock=clock, files_max=files_max)


def test_a_file_that_stands_still_is_settled() -> None:
    file = a_file("invoices_1.csv")
    assert settle(Folder([file])) == [SettledFile(file, "settled")]
    assert settle(Folder([file]))[0].settled


def test_the_two_looks_are_as_far_apart_as_configured() -> None:
    clock = SimulatedClock(START)
    list_settled_files(Folder([a_file("a")]), [FOLDER], patterns=["*"], settle_seconds=7.5, clock=clock)
    assert clock.now() == START + timedelta(seconds=7.5)


def test_nobody_waits_where_there_is_nothing_to_settle() -> None:
    clock = SimulatedClock(START)
    folder = Folder([a_file("other.csv"), a_file("invoices_2.csv", kind="link")])
    list_settled_files(folder, [FOLDER], patterns=["invoices_*.csv"], settle_seconds=5, clock=clock)
    assert (clock.now(), folder.looks) == (START, [])


@pytest.mark.parametrize(
    "after", [a_file("invoices_1.csv", size=11), a_file("invoices_1.csv", minute=1), a_file("invoices_1.csv", size=9)]
)
def test_a_file_that_moved_between_the_looks_is_growing(after: RemoteFile) -> None:
    (judged,) = settle(Folder([a_file("invoices_1.csv")], {"invoices_1.csv": after}))
    assert judged == SettledFile(after, "growing", "sftp.file_growing", "invoices_1.csv is still being written")


def test_a_file_that_is_gone_at_the_second_look_has_vanished() -> None:
    before = a_file("invoices_1.csv", size=1_234)
    (judged,) = settle(Folder([before], {"invoices_1.csv": None}))
    assert judged == SettledFile(
        before, "vanished", "sftp.file_vanished", "invoices_1.csv (1,234 bytes) was listed but is gone"
    )


def test_a_file_that_became_a_link_is_refused() -> None:
    after = a_file("invoices_1.csv", kind="link")
    (judged,) = settle(Folder([a_file("invoices_1.csv")], {"invoices_1.csv": after}))
    assert judged == SettledFile(after, "refused", "sftp.link", "Link instead of file: invoices_1.csv")


@pytest.mark.parametrize(
    ("kind", "code", "reason"),
    [
        ("link", "sftp.link", "Link instead of file: invoices_1.csv"),
        ("folder", "sftp.not_a_file", "Folder instead of file: invoices_1.csv"),
        ("other", "sftp.not_a_file", "Not a normal file: invoices_1.csv"),
    ],
)
def test_what_is_no_regular_file_is_refused(kind: str, code: str, reason: str) -> None:
    file = a_file("invoices_1.csv", kind=kind)
    assert settle(Folder([file])) == [SettledFile(file, "refused", code, reason)]


def test_a_type_the_listing_left_out_is_looked_up_before_the_two_looks() -> None:
    full = a_file("invoices_1.csv", size=50)
    folder = Folder([a_file("invoices_1.csv", size=0, kind="other")], {"invoices_1.csv": full})
    assert settle(folder) == [SettledFile(full, "settled")]


def test_an_unsafe_name_is_reported_whatever_the_pattern() -> None:
    file = a_file("..\\x", unsafe="a path instead of a name")
    assert settle(Folder([file])) == [
        SettledFile(file, "refused", "sftp.unsafe_name", "Unsafe file name; not read: ..\\x (a path instead of a name)")
    ]


@pytest.mark.parametrize(
    "name",
    [
        ".invoices_1.csv",
        ".invoices_1.csv.part",
        "invoices_1.csv.part",
        "invoices_1.csv.TMP",
        "invoices_1.csv.tmp",
        "invoices_1.csv.filepart",
    ],
)
def test_hidden_and_unfinished_names_are_passed_over(name: str) -> None:
    assert not is_wanted(name, ["*"])
    assert settle(Folder([a_file(name)]), "*") == []


@pytest.mark.parametrize(
    ("name", "pattern", "wanted"),
    [
        ("invoices_1.csv", "invoices_*.csv", True),
        ("INVOICES_1.CSV", "invoices_*.csv", False),
        ("invoices_1.csv.done", "invoices_*.csv", False),
        ("invoices_1.csv", "invoices_[0-9].csv", True),
        ("invoices_\n1.csv", "invoices_*.csv", True),
    ],
)
def test_names_are_matched_by_the_glob_with_case(name: str, pattern: str, wanted: bool) -> None:
    assert is_wanted(name, [pattern]) is wanted


def test_known_files_are_left_out_without_a_second_look() -> None:
    old, new = a_file("invoices_1.csv"), a_file("invoices_2.csv")
    folder = Folder([old, new])
    judged = list_settled_files(
        folder,
        FOLDER,
        patterns=["*"],
        settle_seconds=0,
        clock=SimulatedClock(START),
        known=lambda file: file == old,
    )
    assert judged == [SettledFile(new, "settled")]
    assert folder.looks == [["invoices_2.csv"]]


def test_an_older_time_than_the_last_one_seen_is_no_reason_to_leave_a_file() -> None:
    files = [a_file("invoices_2.csv", minute=60), a_file("invoices_1.csv", minute=-6_000)]
    assert [one.file.name for one in settle(Folder(files))] == ["invoices_1.csv", "invoices_2.csv"]


def test_a_huge_folder_is_taken_in_rounds_by_name() -> None:
    files = [a_file(f"invoices_{number:05}.csv") for number in reversed(range(1_000))]
    judged = settle(Folder(files), files_max=10)
    assert [one.file.name for one in judged] == [f"invoices_{number:05}.csv" for number in range(10)]


def test_a_flood_of_refused_entries_is_capped_and_starves_nobody() -> None:
    links = [a_file(f"invoices_{number:05}.csv", kind="link") for number in range(1_000)]
    judged = settle(Folder([*links, a_file("invoices_99999.csv")]), files_max=10)
    assert [one.file.name for one in judged if one.settled] == ["invoices_99999.csv"]
    assert len(judged) == 101


def test_a_real_folder_is_settled(sshd: RunningSshd, session: SftpSession) -> None:
    folder = Path(sshd.outbound)
    for name in ("invoices_1.csv", "invoices_2.csv", ".invoices_3.csv.part", "payments_1.csv"):
        (folder / name).write_bytes(b"x")
    os.symlink("/etc/passwd", folder / "invoices_4.csv")
    os.mkfifo(folder / "invoices_5.csv")

    class Writing(SimulatedClock):
        """While we wait, Stampli goes on writing."""

        def sleep(self, seconds: float) -> None:
            with (folder / "invoices_2.csv").open("ab") as file:
                file.write(b"more")

    judged = list_settled_files(
        session, [sshd.outbound], patterns=["invoices_*.csv"], settle_seconds=5, clock=Writing(START)
    )
    assert [(one.file.name, one.state, one.code) for one in judged] == [
        ("invoices_1.csv", "settled", ""),
        ("invoices_2.csv", "growing", "sftp.file_growing"),
        ("invoices_4.csv", "refused", "sftp.link"),
        ("invoices_5.csv", "refused", "sftp.not_a_file"),
    ]
