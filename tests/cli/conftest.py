"""What tests of whole commands share: an office with both systems running, nothing done yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.office import Office, running_office


@pytest.fixture
def office_for(tmp_path: Path) -> Iterator[Callable[..., Office]]:
    """Opens an office set up as asked, with the keywords of ``running_office``."""
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(running_office(tmp_path, **how))


@pytest.fixture
def office(office_for: Callable[..., Office]) -> Office:
    """A real OpenSSH server, the Acumatica twin, and the product set up against both."""
    return office_for()


@pytest.fixture(scope="module")
def shared_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One office for many tests that must leave it as it is."""
    with running_office(tmp_path_factory.mktemp("shared")) as running:
        yield running


@pytest.fixture
def untouched_office(shared_office: Office) -> Office:
    """The shared office with its settings as they were; whatever the test does is refused before anything happens."""
    shared_office.set_up()
    return shared_office


@pytest.fixture
def office_by_password(office_for: Callable[..., Office]) -> Office:
    """The same with a password for the SFTP account, a user made for the test: only root can."""
    return office_for(password_user=True)
