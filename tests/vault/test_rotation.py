"""Another master key for all secrets (fault row 251): whatever stops it, both keys open until the last secret is under
the new one, and it goes on."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from ml_connector.clock import SimulatedClock
from ml_connector.errors import ConfigurationError, IntegrityError, TransientError
from ml_connector.store.audit import AuditRepository
from ml_connector.store.database import Database
from ml_connector.store.rows.tables import secret
from ml_connector.store.secret_rows import SealedRow, SecretRows
from ml_connector.vault import MasterKeySource, Rotated, Vault, rotate_master_key
from ml_connector.vault.key_file import alone_with
from tests.databases import fresh_database
from tests.vault.test_vault import NOW

SECRETS = {
    ("harbor", "acumatica.password"): "canary-one",
    ("harbor", "stampli.private_key"): "canary-two",
    ("pier", "acumatica.password"): "canary-three",
}
OLD, NEW = base64.b64encode(b"1" * 32), base64.b64encode(b"2" * 32)


class Stopped(Exception):
    """The process ends here."""


class Stopping(SecretRows):
    """Rows that call ``between`` before and after each secret that is wrapped anew."""

    between: Callable[[], None]

    def save_rewrapped(self, *places: str, **facts: Any) -> bool:
        self.between()
        done = super().save_rewrapped(*places, **facts)
        self.between()
        return done


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = fresh_database(tmp_path / "var")
    yield opened
    opened.close()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "var" / "master.key"
    path.parent.mkdir(exist_ok=True)
    path.touch(0o600)
    path.write_bytes(OLD)
    return path


def source_in(tmp_path: Path, variable: bytes = b"") -> MasterKeySource:
    return MasterKeySource({"ML_CONNECTOR_MASTER_KEY": variable.decode()}, tmp_path / "var")


def vault_of(database: Database, source: MasterKeySource) -> Vault:
    return Vault(SecretRows(database, SimulatedClock(NOW)), source, SimulatedClock(NOW))


def seal_all(database: Database, source: MasterKeySource) -> None:
    for (connection, key), value in SECRETS.items():
        vault_of(database, source).set_secret(connection, key, value, set_by="jane")


def opened_by(database: Database, source: MasterKeySource) -> dict[tuple[str, str], str | None]:
    return {place: vault_of(database, source).load_secret(*place) for place in SECRETS}


def rotate(database: Database, source: MasterKeySource, given: bytes = b"") -> Rotated:
    return rotate_master_key(SecretRows(database, SimulatedClock(NOW)), source, given, actor="jane")


def refused(call: Callable[[], object]) -> str:
    with pytest.raises((ConfigurationError, TransientError)) as caught:
        call()
    return caught.value.code


def test_all_secrets_open_under_the_new_key_and_none_under_the_old(
    database: Database, tmp_path: Path, key_file: Path
) -> None:
    seal_all(database, source_in(tmp_path))
    before = source_in(tmp_path).load()
    rotated = rotate(database, source_in(tmp_path))
    after = source_in(tmp_path).load_all()
    assert (rotated.rewrapped, rotated.resumed, rotated.to_be_placed) == (3, False, False)
    assert [key.key_id for key in after] == [rotated.key_id] and before not in after
    assert key_file.stat().st_mode & 0o077 == 0
    assert [path.name for path in key_file.parent.iterdir() if path.suffix in (".key", ".part")] == ["master.key"]
    assert opened_by(database, source_in(tmp_path)) == SECRETS
    assert refused(lambda: opened_by(database, source_in(tmp_path, OLD))) == "vault.key_does_not_open"
    notes = [entry.note.event for entry in AuditRepository(database, "harbor", SimulatedClock(NOW)).load_entries()]
    assert notes == ["secret.set", "secret.set", "secret.rewrapped", "secret.rewrapped"]


@pytest.mark.parametrize("step", range(6))
def test_stopped_at_any_step_it_goes_on_and_everything_opens_meanwhile(
    database: Database, tmp_path: Path, key_file: Path, step: int
) -> None:
    seal_all(database, source_in(tmp_path))
    rows, left = Stopping(database, SimulatedClock(NOW)), iter(range(step))

    def stop() -> None:
        assert opened_by(database, source_in(tmp_path)) == SECRETS
        if next(left, None) is None:
            raise Stopped

    rows.between = stop
    with pytest.raises(Stopped):
        rotate_master_key(rows, source_in(tmp_path), NEW, actor="jane")
    assert opened_by(database, source_in(tmp_path)) == SECRETS
    rows.between = lambda: None
    rotated = rotate_master_key(rows, source_in(tmp_path), b"", actor="jane")
    assert (rotated.rewrapped, rotated.resumed) == (3 - (step + 1) // 2, True)
    assert opened_by(database, source_in(tmp_path, NEW)) == SECRETS
    assert key_file.read_bytes().split() == [NEW]


def test_a_change_that_was_stopped_goes_on_with_the_same_new_key(
    database: Database, tmp_path: Path, key_file: Path
) -> None:
    seal_all(database, source_in(tmp_path))
    key_file.write_bytes(NEW + b"\n" + OLD + b"\n")
    assert opened_by(database, source_in(tmp_path)) == SECRETS
    rotated = rotate(database, source_in(tmp_path))
    assert (rotated.rewrapped, rotated.resumed) == (3, True)
    assert opened_by(database, source_in(tmp_path, NEW)) == SECRETS
    assert key_file.read_bytes().split() == [NEW]


def test_what_a_worker_sets_meanwhile_is_not_left_behind(database: Database, tmp_path: Path, key_file: Path) -> None:
    seal_all(database, source_in(tmp_path))
    rows, old = Stopping(database, SimulatedClock(NOW)), source_in(tmp_path, OLD)
    late = iter(("refreshed",))

    def refresh() -> None:
        for value in late:
            vault_of(database, old).set_secret("pier", "acumatica.refresh_token", value, set_by="connector")

    rows.between = refresh
    assert rotate_master_key(rows, source_in(tmp_path), NEW, actor="jane").rewrapped == 4
    assert vault_of(database, source_in(tmp_path)).load_secret("pier", "acumatica.refresh_token") == "refreshed"


def test_a_key_from_the_variable_is_given_and_put_there_by_its_owner(database: Database, tmp_path: Path) -> None:
    old = source_in(tmp_path, OLD)
    seal_all(database, old)
    assert refused(lambda: rotate(database, old)) == "vault.no_new_key"
    assert refused(lambda: rotate(database, old, b"short")) == "vault.bad_master_key"
    assert opened_by(database, old) == SECRETS
    rows, left = Stopping(database, SimulatedClock(NOW)), iter(range(2))

    def stop() -> None:
        if next(left, None) is None:
            raise Stopped

    rows.between = stop
    with pytest.raises(Stopped):
        rotate_master_key(rows, old, NEW, actor="jane")
    rotated = rotate(database, old, NEW + b"\n")
    assert (rotated.rewrapped, rotated.to_be_placed) == (2, True)
    assert opened_by(database, source_in(tmp_path, NEW)) == SECRETS


def test_the_variable_may_hold_the_new_key_in_front_of_the_old(database: Database, tmp_path: Path) -> None:
    seal_all(database, source_in(tmp_path, OLD))
    both = source_in(tmp_path, NEW + b" " + OLD)
    assert opened_by(database, both) == SECRETS
    rotated = rotate(database, both)
    assert (rotated.rewrapped, rotated.resumed, rotated.to_be_placed) == (3, True, False)
    assert opened_by(database, source_in(tmp_path, NEW)) == SECRETS


def test_a_secret_that_does_not_open_is_told_and_the_others_are_done(
    database: Database, tmp_path: Path, key_file: Path
) -> None:
    seal_all(database, source_in(tmp_path))
    with database.transaction() as opened:
        opened.execute(update(secret).where(secret.c.key == "stampli.private_key").values(wrapped_key=b"x" * 60))
    with pytest.raises(IntegrityError) as caught:
        rotate(database, source_in(tmp_path), NEW)
    assert caught.value.message == "The stored secret stampli.private_key of harbor was changed"
    assert key_file.read_bytes().split() == [NEW, OLD]
    vault = vault_of(database, source_in(tmp_path))
    assert vault.load_secret("pier", "acumatica.password") == "canary-three"
    vault.set_secret("harbor", "stampli.private_key", "set anew", set_by="jane")
    assert rotate(database, source_in(tmp_path)).resumed
    assert key_file.read_bytes().split() == [NEW]


def test_another_change_at_the_same_time_waits(database: Database, tmp_path: Path, key_file: Path) -> None:
    seal_all(database, source_in(tmp_path))
    with alone_with(key_file):
        assert refused(lambda: rotate(database, source_in(tmp_path), NEW)) == "vault.rotating"
    assert key_file.read_bytes() == OLD


def test_a_key_that_some_secret_needs_and_nobody_has_stops_it_before_the_first(
    database: Database, tmp_path: Path, key_file: Path
) -> None:
    seal_all(database, source_in(tmp_path))
    key_file.write_bytes(base64.b64encode(b"3" * 32))
    assert refused(lambda: rotate(database, source_in(tmp_path), NEW)) == "vault.key_does_not_open"
    rows: tuple[SealedRow, ...] = SecretRows(database, SimulatedClock(NOW)).list_sealed("harbor")
    assert {row.key_id for row in rows} == {key.key_id for key in source_in(tmp_path, OLD).load_all()}
    assert key_file.read_bytes() == base64.b64encode(b"3" * 32)
