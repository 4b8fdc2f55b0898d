"""The only room that knows everybody: settings become opened edges, edges become flows and operations. Wiring, no
rules."""

from __future__ import annotations

from ml_connector.bootstrap.checking import CheckResult, check_connection
from ml_connector.bootstrap.connection_house import ConnectionHouse, open_connection
from ml_connector.bootstrap.known_codes import load_known
from ml_connector.bootstrap.permission import sign_in_connection
from ml_connector.bootstrap.replaying import replay_file, replay_invoice
from ml_connector.bootstrap.store_house import StoreHouse, open_store
from ml_connector.bootstrap.working import run_inline

__all__ = [
    "CheckResult",
    "ConnectionHouse",
    "StoreHouse",
    "check_connection",
    "load_known",
    "open_connection",
    "open_store",
    "replay_file",
    "replay_invoice",
    "run_inline",
    "sign_in_connection",
]
