"""One connection's OData, opened from its settings; nothing is sent yet."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from ml_connector.acumatica.master_data.dac.book import WayBook
from ml_connector.acumatica.master_data.dac.reading import DacReader
from ml_connector.acumatica.ports import PASSWORD, SecretStore, WayStore
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.clock import Clock
from ml_connector.settings import AcumaticaSettings


def open_book(settings: AcumaticaSettings, ways: WayStore, clock: Clock) -> WayBook:
    """What is remembered of this connection: of another tenant or user nothing."""
    user = (settings.url, settings.tenant, settings.auth, settings.client_id or "", settings.username or "")
    return WayBook(ways, "|".join(user), clock)


def open_dac(settings: AcumaticaSettings, client: ApiClient, book: WayBook, secrets: SecretStore) -> DacReader:
    """OData takes the token that the contract takes; its documents know no cookie, so a connection that signs in by
    one sends user and password here, which costs no API seat (``acumatica_api.md 9``)."""

    def headers() -> Mapping[str, str]:
        password = secrets.load_secret(PASSWORD) if settings.auth == "session" else None
        return {} if password is None else {"Authorization": _basic(settings.username or "", password)}

    return DacReader(client, book, url=settings.url, tenant=settings.tenant, headers=headers)


def _basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
