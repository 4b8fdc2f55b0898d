"""A digest of a chain's head: what is signed and kept in a second place, so that even somebody who rewrites the whole
database is found. Pure; who signs is not known here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from ml_connector.audit.chain import AuditHead
from ml_connector.audit.entry import AuditEntry

_FORM = "ml-connector audit digest 1"
# The entry that a restored backup leaves: what was signed between the backup and the restoring is of a lost branch.
RESTORED = "backup.restored"


@dataclass(frozen=True, slots=True)
class Digest:
    """The head of a connection's chain at one moment; ``key`` is the public half of the Ed25519 key, ``signature`` what
    it made of ``message_of``, both in hex."""

    connection: str
    sequence: int
    hash: str
    at: str
    key: str
    signature: str


def message_of(connection: str, head: AuditHead, at: str) -> bytes:
    """The bytes that are signed: each fact with its length in front."""
    facts = (_FORM, connection, str(head.sequence), head.hash, at)
    return b"".join(b"%d:%b" % (len(each), each) for each in (fact.encode("utf-8") for fact in facts))


def instant_of(at: datetime) -> str:
    """A moment as a digest tells it."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def render_digest(digest: Digest) -> str:
    """One line of JSON."""
    return json.dumps(asdict(digest), ensure_ascii=False, sort_keys=True)


def compare_digests(entries: Iterable[AuditEntry], digests: Iterable[Digest]) -> Digest | None:
    """The first digest that is of no entry of this trail, None where there is none. One that was signed after a backup
    that was restored later belongs to what the restoring left behind."""
    wanted = sorted(digests, key=lambda each: each.sequence)
    numbers = {each.sequence for each in wanted}
    hashes: dict[int, str] = {}
    restored: list[tuple[datetime, datetime]] = []
    for entry in entries:
        if entry.sequence in numbers:
            hashes[entry.sequence] = entry.hash
        if entry.note.event == RESTORED and (backup_at := entry.note.data.get("backup_at")):
            restored.append((datetime.fromisoformat(backup_at).replace(microsecond=0), entry.at))
    for digest in wanted:
        at = datetime.fromisoformat(digest.at)
        if hashes.get(digest.sequence) != digest.hash and not any(since <= at <= until for since, until in restored):
            return digest
    return None


def parse_digest(text: str) -> Digest | None:
    """The digest of such a line, None where it is none."""
    try:
        told = json.loads(text)
        whole = isinstance(told, Mapping) and isinstance(told.get("sequence"), int)
        return Digest(**told) if whole else None
    except (ValueError, TypeError):
        return None
