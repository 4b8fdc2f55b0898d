"""One site as an experimenter meets it: raw answers, and bills of his own that he takes away again.

It never touches a document that it did not make. Bills are made on hold, for one unit of money, coded like a bill that
is there already; what could not be deleted is told at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ml_connector.acumatica.filters import encode_query, equals
from ml_connector.acumatica.values import Row, decode_json, encode_json, flag, text, wrap_all
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.acumatica.wire.outcomes import json_body
from ml_connector.acumatica.wire.transport import Call, Reply
from ml_connector.clock import Clock
from ml_connector.errors import ConnectorError

_CODING = ("Account", "Subaccount", "Branch", "Project", "ProjectTask", "CostCode")
_JSON = {"Content-Type": "application/json"}
_POLLS_MAX = 120


@dataclass
class Site:
    """``given`` are the further variables of the environment, by their short names; ``run`` marks what is made.
    ``unheld`` once a bill did not stay on hold: no more are made then, since they could not be taken away."""

    client: ApiClient
    clock: Clock
    run: str
    given: Mapping[str, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    seconds: float = 660.0
    poll_seconds: float = 1.0
    unheld: bool = False
    _model: Row | None = None

    def send(
        self,
        method: str,
        path: str,
        body: Row | None = None,
        *,
        expand: str = "",
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Reply:
        """One request below the endpoint, or from the host's root with a slash in front; the answer as it came."""
        call = Call(
            method,
            path if path.startswith("/") else f"{self.client.root}/{path}",
            encode_query({"$expand": expand or None}),
            {**(_JSON if body is not None else {}), **(headers or {})},
            None if body is None else encode_json(body),
            kind="read" if method == "GET" else "write",
        )
        return self.client._send(self.client._proven_credential(), call, seconds or self.seconds)

    def model(self) -> Row | None:
        """A bill whose first line has an account: what new ones are coded like; None where there is none."""
        if self._model is None:
            listed = self.client.read("Bill", encode_query({"$top": "20", "$select": "Type,ReferenceNbr,Status"}))
            for row in listed if isinstance(listed, list) else []:
                key = f"Bill/{text(row, 'Type')}/{text(row, 'ReferenceNbr')}"
                found = self.client.read(key, "$expand=Details") if text(row, "Type") == "Bill" else None
                lines = found.get("Details") if isinstance(found, dict) else None
                if isinstance(found, dict) and isinstance(lines, list) and lines and text(lines[0], "Account"):
                    self._model = found
                    break
        return self._model

    def bill(self, reference: str, **changes: Any) -> dict[str, Any]:
        """The body of a bill on hold; ``changes`` are header fields, ``Details`` whole."""
        model = self.model()
        if self.unheld:
            raise LookupError("bills do not stay on hold here: no more are made")
        if model is None:
            raise LookupError("there is no bill yet whose coding a new one could take")
        lines: Any = model["Details"]
        line = {name: text(lines[0], name) for name in _CODING if text(lines[0], name)}
        rows = [{"TransactionDescription": "Conformance test", "ExtendedCost": 1, **line}]
        header: dict[str, Any] = {name: text(model, name) for name in ("Vendor", "PostPeriod")}
        header |= {"Type": "Bill", "VendorRef": reference, "Date": str(text(model, "Date"))[:10]}
        header |= {"Description": "Conformance test, to be deleted", "Hold": True, "Amount": 1}
        details = changes.pop("Details", rows)
        body: dict[str, Any] = wrap_all({**header, **changes})
        body["Details"] = [wrap_all(row) for row in details]
        return body

    def reference(self, name: str) -> str:
        """A vendor reference nobody has used."""
        return f"ML{self.run}-{name}"

    def put(self, body: Row, *, headers: Mapping[str, str] | None = None, seconds: float | None = None) -> Reply:
        """PUT a bill; what it made is remembered, so that it goes again."""
        reply = self.send("PUT", "Bill", body, expand="Details", headers=headers, seconds=seconds)
        made = record(reply).get("id")
        if reply.status == 200 and isinstance(made, str) and made not in self.made:
            self.made.append(made)
        self.unheld = self.unheld or flag(record(reply), "Hold") is False
        return reply

    def change(self, bill: Row, **fields: Any) -> Reply:
        """PUT some fields of a bill of ours by its key."""
        return self.send("PUT", "Bill", {**_key(bill), **wrap_all(fields)})

    def act(self, action: str, bill: Row) -> Reply:
        """An action on a bill of ours, polled to its end: the last answer."""
        reply = self.send("POST", f"Bill/{action}", {"entity": _key(bill)})
        location = reply.headers.get("location", "")
        for _ in range(_POLLS_MAX):
            if reply.status != 202:
                break
            self.clock.sleep(self.poll_seconds)
            polled = self.send("GET", urlsplit(location).path)
            reply = replace(polled, headers={**polled.headers, "polled": "yes"})
        return reply

    def found(self, reference: str) -> list[Row]:
        """The bills with that reference, remembered as ours."""
        answer = self.client.read("Bill", encode_query({"$filter": equals("VendorRef", reference)}))
        rows: list[Row] = [row for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []
        self.made += [str(row["id"]) for row in rows if str(row.get("id")) not in self.made]
        return rows

    def status(self, bill: Row) -> str:
        """Its status as read now."""
        row = self.client.read(f"Bill/{text(bill, 'Type')}/{text(bill, 'ReferenceNbr')}")
        return (text(row, "Status") if isinstance(row, dict) else None) or "no status"

    def clear(self) -> list[str]:
        """Delete every bill of ours; those that stay, by name."""
        left = []
        for made in reversed(self.made):
            with suppress(ConnectorError):
                if self.send("DELETE", f"Bill/{made}").status in (200, 204):
                    continue
            left.append(made)
        self.made = left
        return left


def _key(bill: Row) -> dict[str, Any]:
    return wrap_all({name: text(bill, name) for name in ("Type", "ReferenceNbr")})


def record(reply: Reply) -> dict[str, Any]:
    """The body of an answer as a record, empty where it is none."""
    body = json_body(reply)
    return body if isinstance(body, dict) else {}


def told(reply: Reply) -> str:
    """An answer in a few words."""
    body = record(reply)
    kind = body.get("exceptionType") or ""
    said = body.get("exceptionMessage") or body.get("error") or body.get("message") or ""
    if not body and reply.content:
        said = decode_text(reply.content)
    return " ".join(f"status {reply.status} {kind} {said}".split())[:200]


def decode_text(content: bytes) -> str:
    """The first words of a body that is no record."""
    with suppress(Exception):
        return str(decode_json(content))[:80]
    return content[:80].decode("utf-8", errors="replace")
