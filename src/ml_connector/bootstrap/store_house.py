"""The settings, the database and the vault, opened: what commands need that touch no foreign system."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ml_connector.bootstrap.telling import MaskedSecrets
from ml_connector.clock import Clock, SystemClock
from ml_connector.engine.holder import holder_alive
from ml_connector.flows.catalog import ALL_FLOWS
from ml_connector.operations.backups import render_backup
from ml_connector.operations.views import JsonObject, render_instant
from ml_connector.settings.load import (
    CONFIG_VARIABLE,
    default_settings,
    load_settings,
    locate_settings_file,
    select_connection,
)
from ml_connector.settings.model import ConnectionSettings, Settings
from ml_connector.store.connections import RunRecord, RunRepository
from ml_connector.store.copies.backup import write_backup
from ml_connector.store.copies.restoring import RestorePlace, restore_backup
from ml_connector.store.database import Database, open_database
from ml_connector.store.disk.archive import Archive
from ml_connector.store.running.leases import LeaseRepository
from ml_connector.store.secret_rows import SecretRows
from ml_connector.telemetry import Masker
from ml_connector.vault.master_key import MasterKeySource
from ml_connector.vault.rotation import Rotated, rotate_master_key
from ml_connector.vault.vault import ConnectionSecrets, Vault


@dataclass(frozen=True, slots=True)
class StoreHouse:
    """Settings, database and vault of one start."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock
    masker: Masker

    def reread(self) -> StoreHouse:
        """The same with the settings as they are in the file now, but for the store's own."""
        settings = load_settings(self.settings.path, os.environ)
        return replace(self, settings=replace(settings, store=self.settings.store))

    def connection(self, name: str) -> ConnectionSettings:
        """The settings of a connection; ConfigurationError with the nearest known name where there is none."""
        return select_connection(self.settings, name)

    def secrets_of(self, name: str) -> MaskedSecrets:
        """The vault as one connection sees it."""
        return MaskedSecrets(ConnectionSecrets(self.vault, name), self.masker)

    def set_secret(self, name: str, key: str, value: str, *, set_by: str) -> None:
        """Store a secret encrypted."""
        self.vault.set_secret(self.connection(name).name, key, value, set_by=set_by)

    def list_secrets(self, name: str) -> list[JsonObject]:
        """Which secrets are set, when and by whom."""
        return [
            {"key": secret.key, "set_at": render_instant(secret.set_at), "set_by": secret.set_by}
            for secret in self.vault.list_secrets(self.connection(name).name)
        ]

    def rotate_master_key(self, given: bytes, *, actor: str) -> Rotated:
        """Put all secrets of all connections under another master key."""
        source = MasterKeySource(os.environ, self.settings.store.directory)
        return rotate_master_key(SecretRows(self.database, self.clock), source, given, actor=actor)

    def list_connections(self) -> list[JsonObject]:
        """Every connection with how its last run ended."""
        return [self._render_connection(connection) for connection in self.settings.connections.values()]

    def back_up(self, path: Path) -> JsonObject:
        """Write a backup of the database and the archive at ``path``."""
        manifest = write_backup(self.database, Archive(self.settings.store.archive), path, self.clock)
        return render_backup(path, manifest)

    def restore(self, path: Path, *, actor: str) -> JsonObject:
        """Put the backup at ``path`` back; the store must be empty."""
        place = RestorePlace(self.database, Archive(self.settings.store.archive), self.settings.store.directory)
        return render_backup(path, restore_backup(path, place, self.clock, actor=actor))

    def _render_connection(self, connection: ConnectionSettings) -> JsonObject:
        runs = RunRepository(self.database, connection.name, self.clock).load_runs(limit=1)
        last = runs[0] if runs else None
        return {
            "name": connection.name,
            "label": connection.label,
            "source": "file",
            "state": self._state(connection.name, last),
            "last_run": render_instant(last.started_at) if last else None,
        }

    def _state(self, name: str, last: RunRecord | None) -> str:
        """``running`` while a living process holds a lease; a run without an end that nobody holds was interrupted."""
        leases = LeaseRepository(self.database, name, self.clock, holder_alive=holder_alive)
        if any(leases.load_holder(flow) is not None for flow in ALL_FLOWS):
            return "running"
        return "never_run" if last is None else last.outcome or "interrupted"


@contextmanager
def open_store(config: Path | None, *, clock: Clock | None = None, without_file: bool = False) -> Iterator[StoreHouse]:
    """Read the settings, open database and vault; all are given back at the end. ``without_file``: where no file is
    named and none is there, the defaults hold."""
    path = locate_settings_file(config, os.environ)
    if without_file and config is None and CONFIG_VARIABLE not in os.environ and not path.exists():
        settings = default_settings(Path.cwd(), os.environ)
    else:
        settings = load_settings(path, os.environ)
    used_clock = clock or SystemClock()
    database = open_database(settings.store.url)
    try:
        vault = Vault(
            SecretRows(database, used_clock), MasterKeySource(os.environ, settings.store.directory), used_clock
        )
        yield StoreHouse(settings, database, vault, used_clock, Masker())
    finally:
        database.close()
