"""The vault over a real database: secrets set, opened and listed; a wrong key opens and overwrites nothing."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text, update

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import SimulatedClock
from ml_connector.errors import ConfigurationError, IntegrityError, TransientError
from ml_connector.store.audit import AuditRepository
from ml_connector.store.database import Database
from ml_connector.store.rows.tables import secret
from ml_connector.store.secret_rows import SealedRow, SecretRows
from ml_connector.vault import ConnectionSecrets, MasterKeySource, SecretInfo, Vault
from ml_connector.vault.vault import KNOWN_KEYS
from tests.databases import fresh_database

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PASSWORD = "canary-pa\u00dfword-4711"
ONE_KEY = {"ML_CONNECTOR_MASTER_KEY": base64.b64encode(b"1" * 32).decode()}
OTHER_KEY = {"ML_CONNECTOR_MASTER_KEY": base64.b64encode(b"2" * 32).decode()}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = fresh_database(tmp_path / "var")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


def a_vault(database: Database, clock: SimulatedClock, environ: dict[str, str], tmp_path: Path) -> Vault:
    """A vault over the database with the key of that environment."""
    return Vault(SecretRows(database, clock), MasterKeySource(environ, tmp_path / "var"), clock)


def test_a_secret_opens_again_and_the_newest_value_counts(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    vault = a_vault(database, clock, {}, tmp_path)
    assert vault.load_secret("harbor", "acumatica.password") is None
    assert not (tmp_path / "var" / "master.key").exists()
    for value in (PASSWORD, "second\nline"):
        vault.set_secret("harbor", "acumatica.password", value, set_by="jane")
        assert a_vault(database, clock, {}, tmp_path).load_secret("harbor", "acumatica.password") == value
    assert vault.load_secret("pier", "acumatica.password") is None
    assert (tmp_path / "var" / "master.key").exists()


def test_names_and_dates_are_listed_and_nothing_else(database: Database, clock: SimulatedClock, tmp_path: Path) -> None:
    vault = a_vault(database, clock, ONE_KEY, tmp_path)
    vault.set_secret("harbor", "stampli.password", PASSWORD, set_by="jane")
    clock.sleep(1)
    vault.set_secret("harbor", "acumatica.password", PASSWORD, set_by="joe")
    blind = a_vault(database, clock, OTHER_KEY, tmp_path)
    assert blind.list_secrets("harbor") == (
        SecretInfo("acumatica.password", clock.now(), "joe"),
        SecretInfo("stampli.password", NOW, "jane"),
    )
    assert blind.list_secrets("pier") == ()
    assert [field.name for field in fields(SecretInfo)] == ["key", "set_at", "set_by"]


def test_each_change_is_audited_by_name(database: Database, clock: SimulatedClock, tmp_path: Path) -> None:
    vault = a_vault(database, clock, ONE_KEY, tmp_path)
    for _ in range(2):
        vault.set_secret("harbor", "stampli.password", PASSWORD, set_by="jane")
    notes = [entry.note for entry in AuditRepository(database, "harbor", clock).load_entries()]
    assert [(note.event, note.subject, note.actor) for note in notes] == [
        ("secret.set", "stampli.password", "jane")
    ] * 2
    assert [note.data["version"] for note in notes] == ["1", "2"]
    assert isinstance(notes[0], AuditNote) and PASSWORD not in repr(notes)


@pytest.mark.parametrize("environ", [OTHER_KEY, {}])
def test_a_wrong_or_missing_key_opens_nothing_and_overwrites_nothing(
    database: Database, clock: SimulatedClock, tmp_path: Path, environ: dict[str, str]
) -> None:
    a_vault(database, clock, ONE_KEY, tmp_path).set_secret("harbor", "stampli.password", PASSWORD, set_by="jane")
    wrong = a_vault(database, clock, environ, tmp_path)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: wrong.load_secret("harbor", "stampli.password"),
        lambda: wrong.set_secret("harbor", "stampli.password", "new", set_by="jane"),
        lambda: wrong.set_secret("pier", "acumatica.password", "new", set_by="jane"),
    )
    for attempt in attempts:
        with pytest.raises(ConfigurationError) as caught:
            attempt()
        told = caught.value
        assert (told.code, told.at, told.stage) == ("vault.key_does_not_open", "system", "vault")
        assert told.message.startswith("Key does not open the secrets (key id ")
    assert not (tmp_path / "var" / "master.key").exists()
    assert a_vault(database, clock, ONE_KEY, tmp_path).load_secret("harbor", "stampli.password") == PASSWORD


def test_bytes_changed_in_the_database_are_an_alarm(database: Database, clock: SimulatedClock, tmp_path: Path) -> None:
    vault = a_vault(database, clock, ONE_KEY, tmp_path)
    vault.set_secret("harbor", "stampli.password", PASSWORD, set_by="jane")
    vault.set_secret("harbor", "acumatica.password", "other", set_by="jane")
    with database.transaction() as connection:
        moved = "(SELECT {0} FROM secret WHERE key = 'acumatica.password')"
        change = ", ".join(f"{name} = {moved.format(name)}" for name in ("sealed", "wrapped_key"))
        connection.execute(text(f"UPDATE secret SET {change} WHERE key = 'stampli.password'"))
    with pytest.raises(IntegrityError) as caught:
        vault.load_secret("harbor", "stampli.password")
    assert caught.value.code == "vault.secret_damaged"
    assert vault.load_secret("harbor", "acumatica.password") == "other"
    with database.transaction() as connection:
        connection.execute(update(secret).values(version=7))
    with pytest.raises(IntegrityError):
        vault.load_secret("harbor", "acumatica.password")


def test_an_unknown_name_is_refused_with_the_nearest_known_one(
    database: Database, clock: SimulatedClock, tmp_path: Path
) -> None:
    vault = a_vault(database, clock, ONE_KEY, tmp_path)
    for key, near in (("acumatica.pasword", "acumatica.password"), ("stampli.private-key", "stampli.private_key")):
        with pytest.raises(ConfigurationError) as caught:
            vault.set_secret("harbor", key, PASSWORD, set_by="jane")
        assert (caught.value.code, caught.value.at) == ("vault.unknown_key", "settings")
        assert f"'{key}' is not a secret of a connection; did you mean '{near}'?" == caught.value.message
    with pytest.raises(ConfigurationError):
        vault.load_secret("harbor", "")
    assert vault.list_secrets("harbor") == ()


def test_an_empty_value_is_refused(database: Database, clock: SimulatedClock, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_vault(database, clock, ONE_KEY, tmp_path).set_secret("harbor", "stampli.password", "", set_by="jane")
    assert caught.value.code == "vault.empty_secret"


def test_every_known_key_can_be_kept(database: Database, clock: SimulatedClock, tmp_path: Path) -> None:
    vault = a_vault(database, clock, ONE_KEY, tmp_path)
    secrets = ConnectionSecrets(vault, "harbor")
    for key in KNOWN_KEYS:
        secrets.save_secret(key, f"value of {key}")
    assert {key: secrets.load_secret(key) for key in KNOWN_KEYS} == {key: f"value of {key}" for key in KNOWN_KEYS}
    assert ConnectionSecrets(vault, "pier").load_secret("stampli.password") is None
    assert {info.set_by for info in vault.list_secrets("harbor")} == {"connector"}


def test_of_two_who_set_a_secret_at_once_one_is_told(database: Database, clock: SimulatedClock) -> None:
    rows = SecretRows(database, clock)

    def save(version: int) -> None:
        rows.save_sealed(
            "harbor",
            "stampli.password",
            version=version,
            key_id="k",
            wrapped_key=b"w",
            sealed=bytes([version]),
            set_at=NOW,
            set_by="jane",
        )

    save(1)
    for version in (1, 3):
        with pytest.raises(TransientError) as caught:
            save(version)
        assert caught.value.code == "store.row_taken_over"
    expected = SealedRow("harbor", "stampli.password", 1, "k", b"w", b"\x01", NOW, "jane")
    assert rows.load_sealed("harbor", "stampli.password") == expected
    assert rows.load_key_ids() == frozenset({"k"})


def test_no_value_stands_in_any_file_of_ours(database: Database, clock: SimulatedClock, tmp_path: Path) -> None:
    vault = a_vault(database, clock, {}, tmp_path)
    vault.set_secret("harbor", "acumatica.password", PASSWORD, set_by="jane")
    vault.set_secret("harbor", "acumatica.password", "x", set_by="jane")
    needles = (PASSWORD.encode(), base64.b64encode(PASSWORD.encode()), PASSWORD.encode("utf-16-le"))
    for path in (tmp_path / "var").iterdir():
        content = path.read_bytes()
        assert not any(needle in content for needle in needles)
    assert PASSWORD not in repr(vault) + repr(vars(vault))
