"""The SFTP session as the exchange's folders: the edge's values on one side, the domain's on the other."""

from __future__ import annotations

from ml_connector.clock import Clock
from ml_connector.domain.values.arrivals import Arrival, Fetched, Listing, NotTaken
from ml_connector.sftp.files import FetchedFile, RefusedFile, RemoteFile, SettledFile, join_path
from ml_connector.sftp.session import SftpSession, list_settled_files
from ml_connector.stampli.folders import IsKnown

# A file is read twice and both must be equal: every file that is new to us counts as young (posting protocol, 9).
_READS = 2


class SftpFolders:
    """Fits ``stampli.folders.Folders`` with one SFTP session."""

    def __init__(self, session: SftpSession, clock: Clock, settle_seconds: float) -> None:
        self._session = session
        self._clock = clock
        self._settle_seconds = settle_seconds

    def list_settled(self, folder: str, patterns: tuple[str, ...], is_known: IsKnown) -> Listing:
        """Two looks at the folder; files that are known are listed apart."""
        known: dict[str, Arrival] = {}

        def leave_out(file: RemoteFile) -> bool:
            if not is_known(file.name, file.size_bytes, file.modified_at):
                return False
            known[file.name] = _arrival(file)
            return True

        files = list_settled_files(
            self._session,
            folder,
            patterns=patterns,
            settle_seconds=self._settle_seconds,
            clock=self._clock,
            known=leave_out,
        )
        return Listing(
            arrivals=tuple(_arrival(each.file) for each in files if each.settled),
            not_taken=tuple(_not_taken(each) for each in files if not each.settled),
            known=tuple(known[name] for name in sorted(known)),
        )

    def look(self, folder: str, name: str) -> Arrival | None:
        """One file as it lies there now, None where it does not."""
        file = self._session.stat_file(join_path(folder, name))
        return None if file is None else _arrival(file)

    def fetch(self, arrival: Arrival, size_bytes_max: int) -> Fetched | NotTaken:
        """The whole bytes, or why not."""
        path = join_path(arrival.folder, arrival.name)
        fetched = self._session.fetch_file(path, size_bytes_max=size_bytes_max, reads=_READS)
        if isinstance(fetched, FetchedFile):
            return Fetched(fetched.content, fetched.sha256)
        return NotTaken(
            name=arrival.name,
            size_bytes=arrival.size_bytes,
            modified_at=arrival.modified_at,
            state="refused" if isinstance(fetched, RefusedFile) else "waiting",
            reason=fetched.message,
        )

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


def _arrival(file: RemoteFile) -> Arrival:
    return Arrival(file.folder, file.name, file.size_bytes, file.modified_at)


def _not_taken(settled: SettledFile) -> NotTaken:
    file = settled.file
    return NotTaken(
        name=file.name,
        size_bytes=file.size_bytes,
        modified_at=file.modified_at,
        state="refused" if settled.state == "refused" else "waiting",
        reason=settled.reason,
    )
