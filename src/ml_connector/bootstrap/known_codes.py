"""What a connection's store knows of codes, for ``layout infer --connection``. Reads our own store alone."""

from __future__ import annotations

from pathlib import Path

from ml_connector.bootstrap.store_house import open_store
from ml_connector.layouts.inference.interview import Known
from ml_connector.operations.known_codes import known_of
from ml_connector.store.master_data import MasterDataRepository


def load_known(config: Path | None, name: str) -> Known:
    """The codes of the connection's last snapshot and its time zone."""
    with open_store(config) as store:
        settings = store.connection(name)
        repository = MasterDataRepository(store.database, settings.name, store.clock)
        return known_of(repository.load_snapshot, settings.time_zone)
