"""What tests of whole commands share: an office with both systems running, nothing done yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office import Office, running_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A real OpenSSH server, the Acumatica twin, and the product set up against both."""
    with running_office(tmp_path) as running:
        yield running


@pytest.fixture
def office_by_password(tmp_path: Path) -> Iterator[Office]:
    """The same with a password for the SFTP account, a user made for the test: only root can."""
    with running_office(tmp_path, password_user=True) as running:
        yield running
