"""What tests of the store share: an empty database of each kind, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.store.database import Database, open_database
from tests.databases import KINDS, Kind, fresh_url
from tests.store.records import NOW


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each test that asks for it, or for what rests on it, runs on every kind of database."""
    wanted: Kind = request.param
    return wanted


@pytest.fixture
def url(kind: Kind, tmp_path: Path) -> Iterator[str]:
    """Where an empty database of that kind lies."""
    with fresh_url(kind, tmp_path / "var") as made:
        yield made


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty database of that kind, open."""
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)
