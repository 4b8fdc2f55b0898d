"""What tests of the store share: an empty database and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.store.database import Database
from tests.databases import fresh_database
from tests.store.records import NOW


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = fresh_database(tmp_path / "var")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)
