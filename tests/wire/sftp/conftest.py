"""Sessions with a real OpenSSH server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_connector.sftp.address import SftpAddress
from ml_connector.sftp.session import SftpSession
from tests.openssh import RunningSshd, running_sshd
from tests.wire.sftp.addresses import address_of


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[RunningSshd]:
    """A server with one ed25519 host key."""
    with running_sshd(tmp_path) as server:
        yield server


@pytest.fixture
def address(sshd: RunningSshd) -> SftpAddress:
    """Its address, host key pinned, key to sign in."""
    return address_of(sshd)


@pytest.fixture
def session(address: SftpAddress) -> Iterator[SftpSession]:
    """A session with it, closed afterwards."""
    with SftpSession(address) as opened:
        yield opened
