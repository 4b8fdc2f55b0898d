"""Which files of a folder may be taken: named as the feed wants, regular, and standing still between two looks.

Growing, vanished and refused files come back as values with a reason; nothing is read here. Time comes from the
caller's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from ml_connector.clock import Clock
from ml_connector.sftp.files import UNSAFE, RemoteFile, SettledFile, show_text

UNFINISHED_SUFFIXES = (".part", ".tmp", ".filepart", ".partial")
"""Names a sender gives to what it has not finished; they are passed over, as are names that start with a dot."""

REFUSED_MAX = 100


class FolderReader(Protocol):
    """What is needed of a session here."""

    def list_files(
        self, folder: str, *, names_max: int, keep: Callable[[RemoteFile], bool], stage: str
    ) -> list[RemoteFile]:
        """Every entry that ``keep`` wants."""
        ...

    def look_at_files(self, files: Sequence[RemoteFile], *, stage: str) -> list[RemoteFile | None]:
        """The entries as they are now."""
        ...


def list_settled_files(
    session: FolderReader,
    folders: Sequence[str],
    *,
    patterns: Sequence[str],
    settle_seconds: float,
    clock: Clock,
    known: Callable[[RemoteFile], bool] = lambda file: False,
    files_max: int = 5_000,
    round_files: int | None = None,
    tell_crowd: Callable[[int], None] = lambda count: None,
    names_max: int = 2_000_000,
) -> list[SettledFile]:
    """The files of the folders that match one of ``patterns`` (globs, case counts) and that ``known`` does not say are
    done with, by name.

    Each is looked at twice, ``settle_seconds`` apart, and settled if size and time stood still
    (``posting_protocol.md 9``). Of more than ``files_max``, the first ``round_files`` by name come back (``files_max``
    where not said) and ``tell_crowd`` is told how many there are: ask again once these are known. Unsafe names are
    reported whatever the pattern; at most ``REFUSED_MAX`` entries are refused a round.
    """
    choice = _Choice(patterns, known, files_max)
    for folder in folders:
        session.list_files(folder, names_max=names_max, keep=choice.keep, stage="outbound_list")
    wanted = choice.wanted()
    if choice.count > files_max:
        tell_crowd(choice.count)
        wanted = wanted[: round_files or files_max]
    first, refused = _describe_fully(session, wanted)
    judged = [_refuse(file) for file in (*choice.refused, *refused)]
    if first:
        clock.sleep(settle_seconds)
        second = session.look_at_files(first, stage="outbound_list")
        judged += [judge_settled(before, after) for before, after in zip(first, second, strict=True)]
    return sorted(judged, key=lambda one: (one.file.folder, one.file.raw_name))


def _describe_fully(session: FolderReader, files: list[RemoteFile]) -> tuple[list[RemoteFile], list[RemoteFile]]:
    """Regular files, and what is none after all; a listing may leave a type out, a look of its own does not."""
    unclear = [file for file in files if file.kind != "file"]
    looked = [file for file in session.look_at_files(unclear, stage="outbound_list") if file] if unclear else []
    regular = [file for file in (*files, *looked) if file.kind == "file"]
    return regular, [file for file in looked if file.kind != "file"]


class _Choice:
    """Collects what a listing shows of interest, never more than twice ``files_max`` at once."""

    def __init__(self, patterns: Sequence[str], known: Callable[[RemoteFile], bool], files_max: int) -> None:
        self._patterns = patterns
        self._known = known
        self._files_max = files_max
        self._files: dict[tuple[str, bytes], RemoteFile] = {}
        self.count = 0
        self.refused: list[RemoteFile] = []

    def keep(self, file: RemoteFile) -> bool:
        """Collect the file if it is of interest; the listing itself need not keep it."""
        if file.unsafe or (file.kind in {"link", "folder"} and is_wanted(file.name, self._patterns)):
            if len(self.refused) < REFUSED_MAX and file not in self.refused:
                self.refused.append(file)
        elif is_wanted(file.name, self._patterns) and not self._known(file):
            # A listing that broke off is read again from the start: a name counts once.
            self.count += (file.folder, file.raw_name) not in self._files
            self._files[file.folder, file.raw_name] = file
            if len(self._files) >= 2 * self._files_max:
                self._files = {(one.folder, one.raw_name): one for one in self.wanted()}
        return False

    def wanted(self) -> list[RemoteFile]:
        """The first ``files_max`` of them by name."""
        return sorted(self._files.values(), key=lambda one: one.raw_name)[: self._files_max]


def is_wanted(name: str, patterns: Sequence[str]) -> bool:
    """True for a name that matches and is neither hidden nor unfinished."""
    finished = not name.startswith(".") and not name.lower().endswith(UNFINISHED_SUFFIXES)
    return finished and any(fnmatchcase(name, pattern) for pattern in patterns)


def judge_settled(before: RemoteFile, after: RemoteFile | None) -> SettledFile:
    """Whether a file stood still between two looks."""
    if after is None:
        return SettledFile(
            before,
            "vanished",
            "sftp.file_vanished",
            f"{show_text(before.name)} ({before.size_bytes:,} bytes) was listed but is gone",
        )
    if after.kind != "file":
        return _refuse(after)
    if (before.size_bytes, before.modified_at) != (after.size_bytes, after.modified_at):
        return SettledFile(after, "growing", "sftp.file_growing", f"{show_text(after.name)} is still being written")
    return SettledFile(after, "settled")


def _refuse(file: RemoteFile) -> SettledFile:
    if file.unsafe:
        return SettledFile(file, "refused", "sftp.unsafe_name", f"{UNSAFE}: {file.name} ({file.unsafe})")
    words = {"link": "Link instead of file", "folder": "Folder instead of file"}
    code = "sftp.link" if file.kind == "link" else "sftp.not_a_file"
    return SettledFile(file, "refused", code, f"{words.get(file.kind, 'Not a normal file')}: {show_text(file.name)}")
