"""A bare client of the contract-based API for the twin's own tests: standard library only, no retries, no comfort."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ml_connector_twins.acumatica.instance import SiteOptions
from ml_connector_twins.acumatica.server import RunningTwin, running_acumatica
from ml_connector_twins.acumatica.switches import SwitchValue

VERSION = "24.200.001"
_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, numbers exact."""
        return json.loads(self.body, parse_float=Decimal)


@dataclass(slots=True)
class Erp:
    """A signed-in caller of one twin."""

    twin: RunningTwin
    version: str = VERSION
    headers: dict[str, str] = field(default_factory=dict)

    def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request to a URL below the host."""
        parts = urlsplit(self.twin.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request(method, target, body, {**self.headers, **(headers or {})})
            answer = connection.getresponse()
            cookies = tuple(answer.headers.get_all("set-cookie") or ())
            return Reply(answer.status, dict(answer.headers.items()), cookies, answer.read())
        finally:
            connection.close()

    def path(self, tail: str, options: Mapping[str, str] | None = None) -> str:
        """The host-relative URL of an entity."""
        query = f"?{urlencode(options, quote_via=quote)}" if options else ""
        return f"{urlsplit(self.twin.url).path}/entity/Default/{self.version}/{tail}{query}"

    def get(self, tail: str, **options: str) -> Reply:
        """GET of an entity; options are named without their dollar sign."""
        return self.send("GET", self.path(tail, {f"${name}": value for name, value in options.items()}))

    def rows(self, tail: str, **options: str) -> list[dict[str, Any]]:
        """GET of a list that must be answered with 200."""
        reply = self.get(tail, **options)
        assert reply.status == 200, reply.body
        found: list[dict[str, Any]] = reply.json
        return found

    def put(self, tail: str, content: Any, headers: Mapping[str, str] | None = None, **options: str) -> Reply:
        """PUT of an entity."""
        target = self.path(tail, {f"${name}": value for name, value in options.items()})
        body = content if isinstance(content, bytes) else json.dumps(content, default=_number).encode()
        return self.send("PUT", target, body, headers)

    def post(self, tail: str, content: Any) -> Reply:
        """POST of an action."""
        return self.send("POST", self.path(tail), json.dumps(content).encode())

    def sign_in(self, scope: str = "api", **changes: str) -> Reply:
        """The password grant; keeps the access token."""
        options = self.twin.options
        form = {
            "grant_type": "password",
            "client_id": self.twin.client_id,
            "client_secret": options.client_secret,
            "username": options.username,
            "password": options.password,
            "scope": scope,
            **changes,
        }
        reply = self.token(form)
        if reply.status == 200 and reply.headers.get("content-type", "").startswith("application/json"):
            self.headers["authorization"] = f"Bearer {reply.json['access_token']}"
        return reply

    def token(self, form: Mapping[str, str]) -> Reply:
        """One call of the token endpoint."""
        root = urlsplit(self.twin.url).path
        headers = {"content-type": "application/x-www-form-urlencoded", "authorization": ""}
        return self.send("POST", f"{root}/identity/connect/token", urlencode(form).encode(), headers)

    def release(self, number: str, kind: str = "Bill") -> Reply:
        """ReleaseBill, polled to its end; the last answer."""
        reply = self.post("Bill/ReleaseBill", {"entity": wrapped({"Type": kind, "ReferenceNbr": number})})
        return self.polled(reply)

    def polled(self, reply: Reply) -> Reply:
        """Follows a 202 to the end of its operation."""
        location = reply.headers.get("location")
        while reply.status == 202:
            assert location is not None
            reply = self.send("GET", location)
        return reply


def _number(value: object) -> str:
    return str(value)


def wrapped(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values in their wrappers; lists are detail rows; ``custom`` and ``id`` stay as they are."""
    content: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, list):
            content[name] = [wrapped(row) for row in value]
        elif name in ("custom", "id", "delete"):
            content[name] = value
        else:
            content[name] = {"value": value}
    return content


def unwrapped(row: Mapping[str, Any], *names: str) -> tuple[Any, ...]:
    """The values of the named fields, None for ``{}``."""
    return tuple(row[name].get("value") for name in names)


def a_bill(**changes: Any) -> dict[str, Any]:
    """A bill that would post: S01 of scenarios.md unless told otherwise."""
    line = {
        "TransactionDescription": "Water",
        "Account": "61000",
        "Subaccount": "0110000",
        "Branch": "MAIN",
        "Project": "X",
        "ExtendedCost": "1284.37",
    }
    bill = {
        "Type": "Bill",
        "Vendor": "V10005",
        "VendorRef": "INV-8841",
        "Date": "2026-10-05",
        "PostPeriod": "102026",
        "Amount": "1284.37",
        "Hold": True,
        "Details": [line],
    }
    return wrapped({**bill, **changes})


@contextmanager
def signed_in(
    switches: Mapping[str, SwitchValue] | None = None, options: SiteOptions | None = None, firm: str = "small"
) -> Iterator[Erp]:
    """A twin of its own and a caller signed in to it."""
    with running_acumatica(firm, switches, options) as twin:
        erp = Erp(twin)
        erp.sign_in()
        yield erp
