"""The audit trail of one connection as a file for an auditor: entries, head, signed digests, and the script that proves
them without any of our code.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import takewhile
from pathlib import Path

from ml_connector.audit.chain import AuditHead
from ml_connector.audit.digest import Digest, render_digest
from ml_connector.audit.entry import AuditEntry
from ml_connector.store.disk.faults import translate_disk_error
from ml_connector.store.disk.whole_files import written_whole

_README = """The audit trail of the connection {name}, as exported by ml-connector.

entries.jsonl    every entry, one a line, in order; each is bound to the one before it by its hash
head.json        number and hash of the last entry
digests.jsonl    heads of the trail at earlier moments, each signed with the connection's Ed25519 key
public_key.txt   the public half of that key, in hex; compare it with one you were given before
verify_audit.py  proves all of it with Python's standard library alone:

    python3 verify_audit.py

It prints "ok" and ends with 0, or says where the trail is broken and ends with 1. With --digests FOLDER it also holds
the trail against digests that were kept in another place, which finds a trail that was rewritten as a whole; with
--key HEX it takes no other key than yours.
"""


@dataclass(frozen=True, slots=True)
class Trail:
    """What is exported: the entries up to ``head`` and whatever comes after them, digests, the public key in hex."""

    name: str
    head: AuditHead
    entries: Iterable[AuditEntry]
    digests: Iterable[Digest]
    public_key: str


def write_export(path: Path, trail: Trail, script: bytes) -> int:
    """Write the export at ``path`` as a zip file, whole or not at all; how many digests are in it."""
    digests = [render_digest(digest) for digest in trail.digests]
    readme = _README.format(name=trail.name)
    head = {"connection": trail.name, "entries": trail.head.sequence, "head": trail.head.hash}
    try:
        with written_whole(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("entries.jsonl", "w", force_zip64=True) as lines:
                for line in _lines(trail):
                    lines.write(line)
            archive.writestr("head.json", json.dumps(head, indent=1) + "\n")
            archive.writestr("digests.jsonl", "".join(f"{digest}\n" for digest in digests))
            archive.writestr("public_key.txt", trail.public_key + "\n")
            archive.writestr("README.txt", readme)
            archive.writestr("verify_audit.py", script)
        return len(digests)
    except OSError as error:
        raise translate_disk_error(error, f"The export {path}") from error


def _lines(trail: Trail) -> Iterator[bytes]:
    for entry in takewhile(lambda each: each.sequence <= trail.head.sequence, trail.entries):
        shown = {
            "sequence": entry.sequence,
            "connection": entry.connection,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "event": entry.note.event,
            "subject": entry.note.subject,
            "actor": entry.note.actor,
            "note": entry.note.note,
            "data": dict(entry.note.data),
            "previous_hash": entry.previous_hash,
            "hash": entry.hash,
        }
        yield json.dumps(shown, ensure_ascii=False).encode("utf-8") + b"\n"
