"""The control interface from the other side: what tests and the rehearsal driver call. Standard library only."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

_TIMEOUT_SECONDS = 30.0


class ControlError(Exception):
    """The twin refused a control call."""


class ControlClient:
    """Reads ground truth and steers a running twin; ``url`` ends in ``/twin``."""

    def __init__(self, url: str, tenant: str = "") -> None:
        self.url = url
        self.tenant = tenant

    def call(self, method: str, path: str, content: Any = None) -> Any:
        """One control call; raises ControlError with the twin's words."""
        query = f"?tenant={quote(self.tenant)}" if self.tenant else ""
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self.url}/{path}{query}", data=body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as fault:
            raise ControlError(fault.read().decode()) from fault

    def bills(self) -> list[dict[str, Any]]:
        """Every bill with all it has."""
        found: list[dict[str, Any]] = self.call("GET", "bills")
        return found

    def entries(self) -> list[dict[str, Any]]:
        """Every GL entry."""
        found: list[dict[str, Any]] = self.call("GET", "entries")
        return found

    def requests(self) -> list[dict[str, Any]]:
        """Every request the ERP saw, in order."""
        found: list[dict[str, Any]] = self.call("GET", "requests")["requests"]
        return found

    def turn(self, **positions: Any) -> None:
        """Sets switches by name."""
        self.call("PUT", "switches", positions)

    def people(self, action: str, **content: Any) -> Any:
        """Lets people do something in Acumatica: see ``control.people`` and ``control.masters``."""
        return self.call("POST", f"people/{action}", content)

    def fault(self, kind: str, **plan: Any) -> Any:
        """Plans a fault: see ``faults.Fault``."""
        return self.call("POST", "faults", {"kind": kind, **plan})

    def set_business_date(self, day: str) -> None:
        """Sets the business date, ``YYYY-MM-DD``."""
        self.call("PUT", "business-date", {"date": day})

    def advance(self, seconds: float) -> None:
        """Moves the server's clock forward."""
        self.call("PUT", "clock", {"advance_seconds": seconds})
