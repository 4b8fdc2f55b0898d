"""Rows of section B of the fault catalogue that the twin can play, as data: what happens to the creation of a bill, and
how many bills there may be when the run after it is over."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

CREATION: Mapping[str, Any] = {"method": "PUT", "path": r"/Bill(\?|$)", "body_match": "VendorRef"}
OFF_HOLD: Mapping[str, Any] = {"method": "PUT", "path": r"/Bill(\?|$)", "body_match": r'"Hold":\{"value":false'}
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class NetworkFault:
    """One row: the faults planned before the first run, and the state of the invoice after it. The run after that, with
    the faults gone, must always end with one bill, booked."""

    row: int
    told: str
    plans: Callable[[], list[dict[str, Any]]]
    first: tuple[str, ...] = ("posted", "posting")
    writes: int = 2
    switches: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the test is called."""
        return f"row {self.row}: {self.told}"


def _on(where: Mapping[str, Any], kind: str, **plan: Any) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [{"kind": kind, **where, **plan}]


def _said(status: int, body: Any, *, commit: bool = False, where: Mapping[str, Any] = CREATION) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    kind = {"content-type": "text/html"} if text.startswith("<") else _JSON
    return _on(where, "status", code=status, body=text, headers=kind, commit=commit)


def _throttled(value: str) -> Callable[[], list[dict[str, Any]]]:
    return _on(CREATION, "status", code=429, headers={"Retry-After": value} if value else {})


_HTML = "<html><title>Error</title></html>"
_FORBIDDEN = {"message": "Access denied."}
_EXCEPTION = {"message": "An error has occurred.", "exceptionMessage": "x", "exceptionType": "System.Exception"}

POSTED, WAITS = ("posted",), ("ready", "posting")

NETWORK: tuple[NetworkFault, ...] = (
    NetworkFault(
        30, "commits one second after the connection was cut", _on(CREATION, "late_commit", seconds=1), POSTED
    ),
    NetworkFault(31, "answers late", _on(CREATION, "delay", seconds=1.5), POSTED, writes=1),
    NetworkFault(33, "reset after the commit", _on(CREATION, "drop_after_commit"), POSTED, writes=1),
    NetworkFault(34, "reset before the commit", _on(CREATION, "drop_before"), ("posted", "posting")),
    NetworkFault(35, "cut in the middle of the JSON", _on(CREATION, "truncate"), POSTED, writes=1),
    NetworkFault(37, "drips", _on(CREATION, "drip", bytes_per_second=4000), POSTED, writes=1),
    NetworkFault(40, "a login page with 200, after the commit", _on(CREATION, "html", commit=True), POSTED, writes=1),
    NetworkFault(40, "a login page with 200, nothing done", _on(CREATION, "html")),
    NetworkFault(
        41, "a redirect to the login page, after the commit", _on(CREATION, "redirect", commit=True), writes=1
    ),
    NetworkFault(42, "a redirect to another host", _on(CREATION, "redirect", url="https://evil.example/")),
    NetworkFault(43, "200 with an empty body", _said(200, "", commit=True), POSTED, writes=1),
    NetworkFault(44, "200 with an array", _said(200, [], commit=True), POSTED, writes=1),
    NetworkFault(45, "500 in HTML after the commit", _said(500, _HTML, commit=True), POSTED, writes=1),
    NetworkFault(47, "502 of a proxy after the commit", _said(502, _HTML, commit=True), POSTED, writes=1),
    NetworkFault(47, "503 of a proxy, nothing done", _said(503, _HTML)),
    NetworkFault(47, "504 of a proxy after the commit", _said(504, _HTML, commit=True), POSTED, writes=1),
    NetworkFault(50, "429 with Retry-After", _throttled("1"), POSTED),
    NetworkFault(51, "429 with a date", _throttled(formatdate(usegmt=True)), ("posted", *WAITS)),
    NetworkFault(52, "429 without a header", _throttled(""), ("posted", *WAITS)),
    NetworkFault(53, "a negative Retry-After", _throttled("-5"), ("posted", *WAITS)),
    NetworkFault(53, "a Retry-After that is no number", _throttled("NaN"), ("posted", *WAITS)),
    NetworkFault(55, "429 when it is taken off hold", _on(OFF_HOLD, "status", code=429), ("posted", "posting", "held")),
    NetworkFault(56, "401 in the middle of a run", _said(401, _EXCEPTION), ("posted", *WAITS)),
    NetworkFault(59, "403: the role was taken away", _said(403, _FORBIDDEN), WAITS),
    NetworkFault(
        65, "a maintenance page", _on({"path": "/entity/Default"}, "html", times=0), ("ready", "posting", "taken")
    ),
    NetworkFault(65, "503 for everything", _on({"path": "/entity"}, "status", times=0, code=503), ("ready", "taken")),
    NetworkFault(
        66, "an application pool that ends, after the commit", _on(CREATION, "recycle", commit=True), writes=1
    ),
    NetworkFault(66, "an application pool that ends, before it", _on(CREATION, "recycle")),
    NetworkFault(72, "the answer to another request", _on(CREATION, "swap"), writes=1),
)
"""Every row with a bill at its end."""
