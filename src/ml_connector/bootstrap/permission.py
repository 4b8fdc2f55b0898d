"""``connection sign-in``: a person's permission, from the browser into the vault. Wiring only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ml_connector.acumatica.wire.loopback import listening
from ml_connector.acumatica.wire.permission import CALLBACK_PATH, plan_permission
from ml_connector.bootstrap.connection_house import Opening, connect
from ml_connector.bootstrap.store_house import open_store

# A person may have to look for a password and a second factor first.
WAIT_SECONDS = 600.0


def sign_in_connection(
    config: Path | None, name: str, *, port: int, show: Callable[[str], None], wait_seconds: float = WAIT_SECONDS
) -> None:
    """Show the address to open, wait for its answer, seal the refresh token and prove version and tenant."""
    with open_store(config) as store:
        settings = store.connection(name)
        with listening(port, CALLBACK_PATH, store.clock) as listener:
            asked = plan_permission(settings.acumatica, listener.port)
            show(asked.address)
            answer = listener.wait(asked.accepts, wait_seconds)
        with connect(store, settings, Opening()) as house:
            house.erp.accept_permission(asked.redeemable(answer))
