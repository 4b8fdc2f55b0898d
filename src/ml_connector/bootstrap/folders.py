"""The SFTP session as the exchange's folders: the edge's values on one side, the domain's on the other."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from fnmatch import fnmatchcase

from ml_connector.clock import Clock
from ml_connector.domain.values.arrivals import Arrival, Fetched, Listing, NotTaken
from ml_connector.sftp.files import Fetched as FetchedBytes
from ml_connector.sftp.files import FetchedFile, RefusedFile, RemoteFile, SettledFile, join_path, judge_name, split_path
from ml_connector.sftp.session import SftpSession, list_settled_files
from ml_connector.stampli.folders import IsKnown

# A file is read twice and both must be equal: every file that is new to us counts as young (posting protocol, 9).
_READS = 2
_FILES_MAX, _FILES_OF_SETS_MAX = 5_000, 100_000
# Where more than that are new, so many are taken a round, and what they bring is posted in between.
_ROUND_FILES = 500


class SftpFolders:
    """Fits ``stampli.folders.Folders`` with one SFTP session."""

    def __init__(self, session: SftpSession, clock: Clock, settle_seconds: float) -> None:
        self._session = session
        self._clock = clock
        self._settle_seconds = settle_seconds

    def list_settled(self, folder: str, patterns: tuple[str, ...], is_known: IsKnown) -> Listing:
        """Two looks at the folder, or at those below it that the globs name; files that are known are listed apart."""
        known: dict[str, Arrival] = {}

        def leave_out(file: RemoteFile) -> bool:
            arrival = _arrival(file, folder)
            if not is_known(arrival.name, arrival.size_bytes, arrival.modified_at):
                return False
            known[arrival.name] = arrival
            return True

        # The files of a set may be far apart by name: a round that held the first of each alone would never end.
        single = len(patterns) == 1
        crowd: list[int] = []
        files = list_settled_files(
            self._session,
            self._folders_of(folder, patterns),
            patterns=[each.rpartition("/")[2] for each in patterns],
            settle_seconds=self._settle_seconds,
            clock=self._clock,
            known=leave_out,
            files_max=_FILES_MAX if single else _FILES_OF_SETS_MAX,
            round_files=_ROUND_FILES if single else _FILES_OF_SETS_MAX,
            tell_crowd=crowd.append,
        )
        return Listing(
            arrivals=tuple(_arrival(each.file, folder) for each in files if each.settled),
            not_taken=tuple(_not_taken(each, folder) for each in files if not each.settled),
            known=tuple(known[name] for name in sorted(known)),
            crowd=sum(crowd),
        )

    def _folders_of(self, folder: str, patterns: tuple[str, ...]) -> list[str]:
        """The folder itself, or the folders below it where the globs name them."""
        heads = {each.rpartition("/")[0] for each in patterns} - {""}
        if not heads:
            return [folder]

        def wanted(file: RemoteFile) -> bool:
            hidden = file.unsafe or file.name.startswith(".")
            return file.kind == "folder" and not hidden and any(fnmatchcase(file.name, head) for head in heads)

        return sorted(join_path(folder, each.name) for each in self._session.list_files(folder, keep=wanted))

    def look(self, folder: str, name: str) -> Arrival | None:
        """One file as it lies there now, None where it does not."""
        file = self._session.stat_file(join_path(folder, name))
        return None if file is None else replace(_arrival(file, folder), name=name)

    def look_for(self, folder: str, names: Sequence[str]) -> frozenset[str]:
        """Those of the names that are files below the folder now."""
        files = [_expected(folder, name) for name in names]
        looked = self._session.look_at_files(files) if files else []
        return frozenset(
            name for name, file in zip(names, looked, strict=True) if file is not None and file.kind == "file"
        )

    def fetch(self, arrival: Arrival, size_bytes_max: int) -> Fetched | NotTaken:
        """The whole bytes, or why not."""
        path = join_path(arrival.folder, arrival.name)
        return _fetched(arrival, self._session.fetch_file(path, size_bytes_max=size_bytes_max, reads=_READS))

    def fetch_many(self, arrivals: Sequence[Arrival], size_bytes_max: int) -> Generator[Fetched | NotTaken, None, None]:
        """As ``fetch`` for each, in the order asked; several are on their way at once."""
        wanted = [(join_path(each.folder, each.name), each.size_bytes) for each in arrivals]
        with closing(self._session.fetch_many(wanted, size_bytes_max=size_bytes_max, reads=_READS)) as coming:
            for arrival, fetched in zip(arrivals, coming, strict=True):
                yield _fetched(arrival, fetched)

    def put(self, folder: str, name: str, content: bytes) -> str:
        """Hand over; the name it landed under."""
        self._session.put_file(folder, name, content)
        return name

    def move(self, folder: str, name: str, target_folder: str, target_name: str) -> None:
        """Move to a free name."""
        self._session.move_file(join_path(folder, name), join_path(target_folder, target_name))

    def delete(self, folder: str, name: str) -> None:
        """Delete; gone already is fine."""
        self._session.delete_file(join_path(folder, name))


def _fetched(arrival: Arrival, fetched: FetchedBytes) -> Fetched | NotTaken:
    if isinstance(fetched, FetchedFile):
        return Fetched(fetched.content, fetched.sha256)
    return NotTaken(
        name=arrival.name,
        size_bytes=arrival.size_bytes,
        modified_at=arrival.modified_at,
        state="refused" if isinstance(fetched, RefusedFile) else "waiting",
        reason=fetched.message,
    )


def _expected(folder: str, name: str) -> RemoteFile:
    """What a name below the folder would be in a listing."""
    below, base = split_path(join_path(folder, name))
    return RemoteFile(base, base.encode(), below, 0, None, "file", judge_name(base))


def _arrival(file: RemoteFile, folder: str) -> Arrival:
    return Arrival(folder, _name_in(folder, file), file.size_bytes, file.modified_at)


def _name_in(folder: str, file: RemoteFile) -> str:
    """The file's path from the feed's folder: its name, or one of a folder below and its name."""
    return file.name if file.folder == folder else f"{split_path(file.folder)[1]}/{file.name}"


def _not_taken(settled: SettledFile, folder: str) -> NotTaken:
    file = settled.file
    return NotTaken(
        name=_name_in(folder, file),
        size_bytes=file.size_bytes,
        modified_at=file.modified_at,
        state="refused" if settled.state == "refused" else "waiting",
        reason=settled.reason,
    )
