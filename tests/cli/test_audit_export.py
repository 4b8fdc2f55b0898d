"""``audit export``: an auditor proves the trail with the script that came with it, and nothing of ours."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, select, update

from ml_connector.audit.chain import AuditHead, seal
from ml_connector.audit.digest import Digest, instant_of, message_of, parse_digest, render_digest
from ml_connector.audit.entry import AuditNote
from ml_connector.cli.installation import verify_audit
from ml_connector.clock import SimulatedClock
from ml_connector.errors import ConfigurationError, TransientError
from ml_connector.operations.digests import TrailKeeper
from ml_connector.store.audit import AuditRepository
from ml_connector.store.copies.digests import DigestFolder
from ml_connector.store.database import Database
from ml_connector.store.rows.tables import audit_entry, audit_head
from ml_connector.vault.audit_key import AuditKey
from tests.databases import fresh_database
from tests.store.records import NAME, NOW

SCRIPT = Path(verify_audit.__file__)
# RFC 8032, 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


class Secrets:
    """The sealed secrets of a connection, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def load_secret(self, key: str) -> str | None:
        return self.kept.get(key)

    def save_secret(self, key: str, value: str) -> None:
        self.kept[key] = value


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = fresh_database(tmp_path / "var")
    yield opened
    opened.close()


@pytest.fixture
def keeper(database: Database, tmp_path: Path) -> TrailKeeper:
    """A trail of five entries, no digest yet."""
    clock = SimulatedClock(NOW)
    audit = AuditRepository(database, NAME, clock)
    for number in range(5):
        data = {"amount": f"{number}.00", "bill": None, "name": "Gruß ‘x’"}
        audit.record_note(AuditNote("invoice.ready", f"i{number}", "checked: nothing found", "j.doe", data))
    return TrailKeeper(NAME, audit, Secrets(), DigestFolder(tmp_path / "second", NAME), clock)


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_signatures_are_judged_as_the_standard_says(key: str, message: str, signature: str) -> None:
    assert verify_audit.is_signed(*map(bytes.fromhex, (key, message, signature)))
    assert not verify_audit.is_signed(*map(bytes.fromhex, (key, message + "00", signature)))


def test_signatures_are_judged_as_the_library_that_makes_them_does() -> None:
    for number in range(5):
        made = Ed25519PrivateKey.from_private_bytes(bytes([number] * 32))
        key, message = made.public_key().public_bytes_raw(), b"m" * number
        signature = made.sign(message)
        assert verify_audit.is_signed(key, message, signature)
        for place in (0, 31, 32, 63):
            changed = bytearray(signature)
            changed[place] ^= 1
            assert not verify_audit.is_signed(key, message, bytes(changed))
        assert not verify_audit.is_signed(bytes(32), message, signature)
        assert not verify_audit.is_signed(key, message, signature[:63])


def test_an_auditor_proves_the_export_with_a_bare_interpreter(keeper: TrailKeeper, tmp_path: Path) -> None:
    keeper.catch_up()
    shown = keeper.export(tmp_path / "trail.zip", SCRIPT.read_bytes())
    folder = unpacked(tmp_path / "trail.zip", tmp_path)

    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify_audit.py"], cwd=folder, capture_output=True, text=True, check=False
    )

    assert (shown["entries"], shown["digests"]) == (5, 2)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"ok: 5 entries of harbor, head {shown['head']}, 2 signed digests\n",
        "",
    )
    assert run(tmp_path / "trail.zip", "--key", str(shown["public_key"]))[0] == 0


def change(lines: list[str]) -> list[str]:
    return [*lines[:2], lines[2].replace("j.doe", "m.roe"), *lines[3:]]


def take_away(lines: list[str]) -> list[str]:
    return [*lines[:2], *lines[3:]]


def put_in(lines: list[str]) -> list[str]:
    return [*lines[:2], lines[1], *lines[2:]]


def swap(lines: list[str]) -> list[str]:
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


@pytest.mark.parametrize(
    ("tamper", "place"), [(change, 3), (take_away, 3), (put_in, 3), (swap, 3), (lambda lines: lines[:-1], 5)]
)
def test_whatever_was_done_to_the_entries_is_found_where_it_was_done(
    keeper: TrailKeeper, tmp_path: Path, tamper: Callable[[list[str]], list[str]], place: int
) -> None:
    keeper.export(tmp_path / "trail.zip", SCRIPT.read_bytes())
    folder = unpacked(tmp_path / "trail.zip", tmp_path)
    entries = folder / "entries.jsonl"
    entries.write_text("".join(tamper(entries.read_text("utf-8").splitlines(keepends=True))), "utf-8")

    code, told = run(folder)

    assert (code, told.startswith(f"BROKEN at entry {place}")) == (1, True)


def test_a_trail_rewritten_as_a_whole_is_found_by_what_was_kept_elsewhere(keeper: TrailKeeper, tmp_path: Path) -> None:
    keeper.catch_up()
    keeper.export(tmp_path / "trail.zip", SCRIPT.read_bytes())
    folder = unpacked(tmp_path / "trail.zip", tmp_path)
    key = AuditKey(keeper.secrets)
    rewrite(folder, key)

    alone, beside = run(folder), run(folder, "--digests", str(tmp_path / "second"))

    assert alone[0] == 0
    assert (beside[0], beside[1].startswith("BROKEN at or before entry 5")) == (1, True)


def test_a_signature_of_somebody_else_is_found(keeper: TrailKeeper, tmp_path: Path) -> None:
    shown = keeper.export(tmp_path / "trail.zip", SCRIPT.read_bytes())
    folder = unpacked(tmp_path / "trail.zip", tmp_path)
    rewrite(folder, AuditKey(Secrets()))

    assert run(folder)[0] == 0
    code, told = run(folder, "--key", str(shown["public_key"]))
    assert (code, "signed with another key" in told) == (1, True)


def test_each_head_leaves_one_digest_and_what_a_killed_process_left_out_is_caught_up(
    keeper: TrailKeeper, tmp_path: Path
) -> None:
    place = DigestFolder(tmp_path / "second", NAME)
    keeper.catch_up()
    keeper.catch_up()
    first = [digest.sequence for digest in place.load_digests()]
    for number in range(3):
        # Three passes whose process ended before their digest.
        keeper.audit.record_note(AuditNote("invoice.posted", f"i{number}"))
    keeper.catch_up()

    head = keeper.audit.load_head()
    assert head is not None
    (_, last) = place.load_digests()
    assert first == [5]
    assert (last.sequence, last.hash) == (8, head.hash)
    assert verify_audit.is_signed(
        bytes.fromhex(last.key), message_of(NAME, head, last.at), bytes.fromhex(last.signature)
    )
    assert parse_digest(render_digest(last)) == last


def test_a_damaged_digest_does_not_hide_those_behind_it(
    keeper: TrailKeeper, database: Database, tmp_path: Path
) -> None:
    keeper.catch_up()
    place = tmp_path / "second" / NAME
    (place / "000000000001-damaged.json").write_bytes(b"\xff\xfe")
    cut_off(database, 3)

    assert keeper.verify()["ok"] is False


def test_a_trail_cut_off_at_its_end_is_found_by_the_second_place_alone(
    keeper: TrailKeeper, database: Database, tmp_path: Path
) -> None:
    keeper.catch_up()
    assert keeper.verify() | {"head": None} == {
        "ok": True,
        "entries": 5,
        "head": None,
        "broken_at": None,
        "digests": 1,
        "reason": None,
    }
    cut_off(database, 3)

    alone, beside = keeper.audit.verify(), keeper.verify()
    shown = keeper.export(tmp_path / "trail.zip", SCRIPT.read_bytes())

    assert (alone.ok, beside["ok"], beside["broken_at"]) == (True, False, 4)
    assert beside["reason"] == "the trail is shorter than the digest of 2026-11-24T09:30:00+00:00"
    code, told = run(tmp_path / "trail.zip")
    assert (shown["digests"], code, told.startswith("BROKEN at or before entry 5")) == (2, 1, True)


def test_what_a_restored_backup_left_behind_is_explained_by_its_entry(
    keeper: TrailKeeper, database: Database, tmp_path: Path
) -> None:
    keeper.catch_up()
    cut_off(database, 3)
    keeper.audit.record_note(AuditNote("backup.restored", NAME, "restored", data={"backup_at": NOW.isoformat()}))

    keeper.export(tmp_path / "trail.zip", SCRIPT.read_bytes())

    assert (keeper.verify()["ok"], run(tmp_path / "trail.zip")[0]) == (True, 0)


def test_a_second_place_that_cannot_be_reached_is_told(keeper: TrailKeeper, tmp_path: Path) -> None:
    (tmp_path / "second").write_text("a file where the folder should be")

    with pytest.raises((ConfigurationError, TransientError)):
        keeper.catch_up()


def test_no_trail_is_no_export(tmp_path: Path) -> None:
    database = fresh_database(tmp_path / "empty")
    clock = SimulatedClock(NOW)
    keeper = TrailKeeper("nobody", AuditRepository(database, "nobody", clock), Secrets(), None, clock)

    with pytest.raises(ConfigurationError):
        keeper.export(tmp_path / "trail.zip", b"")

    database.close()


def test_there_is_nothing_to_look_at_without_an_export(tmp_path: Path) -> None:
    assert [run(tmp_path)[0], run(tmp_path / "none.zip")[0]] == [2, 2]


def cut_off(database: Database, last: int) -> None:
    """Somebody with the whole database takes the end of the trail away, and its head along."""
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entry_no_delete")
        connection.execute(delete(audit_entry).where(audit_entry.c.sequence > last))
        entry = connection.execute(select(audit_entry.c.hash).where(audit_entry.c.sequence == last)).scalar_one()
        connection.execute(update(audit_head).values(sequence=last, hash=entry))


def unpacked(path: Path, tmp_path: Path) -> Path:
    """The folder with the files of an export."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


def run(export: Path, *words: str) -> tuple[int, str]:
    """Exit code and words of the script."""
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(output):
        code = verify_audit.main([str(export), *words])
    return code, output.getvalue()


def rewrite(folder: Path, key: AuditKey) -> None:
    """Somebody with the whole database makes another trail, sealed, headed and signed anew."""
    entries = [json.loads(line) for line in (folder / "entries.jsonl").read_text("utf-8").splitlines()]
    previous = "0" * 64
    for entry in entries:
        entry["actor"], entry["previous_hash"] = "nobody", previous
        note = AuditNote(entry["event"], entry["subject"], entry["note"], entry["actor"], entry["data"])
        entry["hash"] = previous = seal(previous, entry["sequence"], connection=NAME, at=NOW, note=note)
    (folder / "entries.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")
    (folder / "head.json").write_text(json.dumps({"entries": len(entries), "head": previous}))
    head = AuditHead(len(entries), previous)
    at = instant_of(NOW)
    signed = Digest(NAME, head.sequence, head.hash, at, key.public, key.sign(message_of(NAME, head, at)))
    (folder / "digests.jsonl").write_text(render_digest(signed) + "\n")
    (folder / "public_key.txt").write_text(key.public)
