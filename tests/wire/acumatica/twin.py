"""An edge opened on the running twin, with the real clock and real sockets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.acumatica.ports import Deadlines, Wanted
from ml_connector.clock import SystemClock
from ml_connector_twins.acumatica.control.client import ControlClient
from ml_connector_twins.acumatica.server import RunningTwin
from tests.wire.acumatica.stub import SETTINGS, Drawer

QUICK = Deadlines(
    connect_seconds=2,
    read_seconds=5,
    write_seconds=5,
    action_seconds=5,
    poll_first_seconds=0.02,
    poll_last_seconds=0.1,
    backoff_first_seconds=0.01,
    backoff_last_seconds=0.05,
)


@dataclass(frozen=True, slots=True)
class TwinCase:
    """One edge and what lies around it."""

    erp: AcumaticaErp
    drawer: Drawer
    control: ControlClient

    @staticmethod
    def open(site: RunningTwin, given: Mapping[str, Any]) -> TwinCase:
        """``drawer``, ``deadlines`` and ``wanted`` are the edge's, everything else its settings."""
        changes = dict(given)
        secrets = {"acumatica.password": site.options.password, "acumatica.client_secret": site.options.client_secret}
        drawer = changes.pop("drawer", None) or Drawer(secrets=secrets, canary=None)
        deadlines, wanted = changes.pop("deadlines", QUICK), changes.pop("wanted", Wanted())
        usual = {"url": site.url, "client_id": site.options.client_id, "username": site.options.username}
        settings = replace(SETTINGS, **{"requests_per_minute": 100_000, **usual, **changes})
        erp = open_acumatica(
            settings,
            secrets=drawer,
            canary=drawer,
            log=drawer,
            ways=drawer,
            clock=SystemClock(),
            deadlines=deadlines,
            wanted=wanted,
        )
        return TwinCase(erp, drawer, site.control)

    def sent(self, method: str, path_end: str) -> list[dict[str, Any]]:
        """The requests the twin saw to a path that ends so."""
        seen = self.control.requests()
        return [each for each in seen if each["method"] == method and each["path"].endswith(path_end)]


OpenTwin = Callable[..., TwinCase]
