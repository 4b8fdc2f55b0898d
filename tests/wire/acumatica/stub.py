"""A scripted Acumatica below the HTTP library, and an edge opened on it: for answers no server gives on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from ml_connector.acumatica.erp import AcumaticaErp, open_acumatica
from ml_connector.acumatica.ports import Deadlines, Wanted
from ml_connector.clock import SimulatedClock
from ml_connector.settings import AcumaticaSettings

URL = "http://127.0.0.1:8081/AcumaticaERP"
ROOT = "/AcumaticaERP/entity/Default/24.200.001"
CANARY = ("V10001", "11111111-0000-0000-0000-000000000001")
NOW = datetime(2026, 10, 14, 12, tzinfo=UTC)

QUICK = Deadlines()
USUAL = Wanted()

Answer = httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]

SETTINGS = AcumaticaSettings(
    url=URL,
    tenant="HRB",
    endpoint="Default",
    version="24.200.001",
    branch=None,
    auth="password",
    client_id="8D6E1C3A-0000-0000-0000-000000000000",
    username="connector",
    requests_per_minute=1000,
    concurrent_requests=2,
    ca_file=None,
    allow_private=False,
    subaccount_segments=(2, 3, 2),
    extended_endpoint="",
)


def said(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> httpx2.Response:
    """An answer with that body as JSON; text is a body of its own type."""
    if isinstance(body, str):
        return httpx2.Response(status, text=body, headers={"content-type": "text/plain", **(headers or {})})
    if body is None:
        return httpx2.Response(status, headers=headers)
    content = json.dumps(body, default=_number).encode()
    return httpx2.Response(status, content=content, headers={"content-type": "application/json", **(headers or {})})


def page(status: int, text: str = "<html><title>Sign in</title></html>") -> httpx2.Response:
    """A web page."""
    return httpx2.Response(status, text=text, headers={"content-type": "text/html; charset=utf-8"})


def failed(message: str, kind: str = "PX.Data.PXException", status: int = 500) -> httpx2.Response:
    """An exception body (acumatica_api.md 5.3)."""
    body = {"message": "An error has occurred.", "exceptionMessage": message, "exceptionType": kind, "stackTrace": "at"}
    return said(status, body)


def wrapped(**fields: object) -> dict[str, object]:
    """A record's fields in their wrapping; None is the empty wrapping, lists and records stay as they are."""
    inner: dict[str, object] = {}
    for name, value in fields.items():
        if isinstance(value, (list, dict)) or name == "id":
            inner[name] = value
        else:
            inner[name] = {} if value is None else {"value": value}
    return inner


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


@dataclass
class Sent:
    """One request as it reached the stub."""

    method: str
    path: str
    options: dict[str, str]
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.content.decode()))


class Scripted(httpx2.BaseTransport):
    """Answers by method and path; a list of answers is used up one a request, its last one stays."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self.on("POST", "/AcumaticaERP/identity/connect/token", token("A1", refresh="R1"))
        self.on("POST", "/AcumaticaERP/entity/auth/logout", said(204))
        endpoints = [{"name": "Default", "version": version, "href": "x"} for version in ("23.200.001", "24.200.001")]
        self.on("GET", "/AcumaticaERP/entity", said(200, {"version": {}, "endpoints": endpoints}))
        # A site that does not tell its schema.
        self.on("GET", "Bill/$adHocSchema", said(200, {}))
        self.on("GET", f"{ROOT}/Vendor/{CANARY[0]}", said(200, {"id": CANARY[1], "VendorID": {"value": CANARY[0]}}))

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Answers to a path below the host, or below the endpoint where it has no slash in front."""
        full = path if path.startswith("/") else f"{ROOT}/{path}"
        self._answers[method, full] = list(answers)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        raw_path, _, query = request.url.raw_path.decode().partition("?")
        options = dict(parse_qsl(query))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.sent.append(Sent(request.method, raw_path, options, headers, request.read()))
        answers = self._answers.get((request.method, raw_path))
        if not answers:
            raise AssertionError(f"nobody answers {request.method} {raw_path}")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else _fresh(answer)

    def to(self, path: str, method: str | None = None) -> list[Sent]:
        """The requests to a path below the endpoint, or below the host with a slash in front."""
        full = path if path.startswith("/") else f"{ROOT}/{path}"
        return [sent for sent in self.sent if sent.path == full and method in (None, sent.method)]


def _fresh(answer: httpx2.Response) -> httpx2.Response:
    headers = [(name, value) for name, value in answer.headers.multi_items() if name != "content-length"]
    return httpx2.Response(answer.status_code, headers=headers, content=answer.content)


def token(text: str, *, refresh: str | None = None, seconds: int = 3600) -> httpx2.Response:
    """A token answer (2.1)."""
    more = {} if refresh is None else {"refresh_token": refresh}
    return said(200, {"access_token": text, "expires_in": seconds, "token_type": "Bearer", "scope": "api", **more})


@dataclass
class Drawer:
    """Secrets, canary and request log of one test."""

    secrets: dict[str, str] = field(
        default_factory=lambda: {"acumatica.password": "pw-planted", "acumatica.client_secret": "cs-planted"}
    )
    canary: tuple[str, str] | None = CANARY
    saved: list[tuple[str, str]] = field(default_factory=list)
    requests: list[tuple[str | None, datetime, str, str, int | None]] = field(default_factory=list)
    ways: str | None = None

    def load_secret(self, key: str) -> str | None:
        return self.secrets.get(key)

    def save_secret(self, key: str, value: str) -> None:
        self.saved.append((key, value))
        self.secrets[key] = value

    def load_canary(self) -> tuple[str, str] | None:
        return self.canary

    def save_canary(self, vendor_id: str, record_id: str) -> None:
        self.canary = (vendor_id, record_id)

    def load_ways(self) -> str | None:
        return self.ways

    def save_ways(self, text: str) -> None:
        self.ways = text

    def record_request(
        self, invoice_id: str | None, at: datetime, method: str, path: str, *, status: int | None
    ) -> None:
        self.requests.append((invoice_id, at, method, path, status))


@dataclass
class Opened:
    """An edge on a script, with what it was given."""

    erp: AcumaticaErp
    wire: Scripted
    drawer: Drawer
    clock: SimulatedClock


def opened(
    wire: Scripted | None = None,
    drawer: Drawer | None = None,
    *,
    deadlines: Deadlines = QUICK,
    wanted: Wanted = USUAL,
    **settings: Any,
) -> Opened:
    """An edge with a standing clock; ``settings`` change the usual ones."""
    script, kept, clock = wire or Scripted(), drawer or Drawer(), SimulatedClock(NOW)
    erp = open_acumatica(
        replace(SETTINGS, **settings),
        secrets=kept,
        canary=kept,
        log=kept,
        ways=kept,
        clock=clock,
        deadlines=deadlines,
        http=script,
        wanted=wanted,
    )
    return Opened(erp, script, kept, clock)
