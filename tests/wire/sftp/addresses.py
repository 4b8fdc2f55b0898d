"""Addresses of test servers as the SFTP edge wants them."""

from __future__ import annotations

import dataclasses
from typing import Any

from ml_connector.sftp.address import Deadlines, SftpAddress
from tests.openssh import RunningSshd

QUICK = Deadlines(
    connect_seconds=2,
    sign_in_seconds=2,
    listing_seconds=2,
    file_seconds=1,
    small_seconds=1,
    close_seconds=0.2,
)
"""Deadlines for servers that stall on purpose."""


def address_of(server: RunningSshd, **changes: Any) -> SftpAddress:
    """The address of a server, its host key pinned and a key to sign in, with some of it changed."""
    address = SftpAddress(
        host=server.host,
        port=server.port,
        username=server.username,
        host_keys=(server.host_key,),
        password=None,
        private_key=server.private_key,
        passphrase=None,
    )
    return dataclasses.replace(address, **changes)
