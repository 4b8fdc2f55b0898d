"""One request as the rooms of the wire see it, and one answer; plus the answers every room gives.

Bodies of 401, 403, 404, 412 and 429 are not established (``acumatica_api.md`` 12): the 500 form is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")
JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """One request below the virtual directory; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def options(self) -> dict[str, str]:
        """The query options, percent-decoded; the last one counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def header(self, name: str) -> str:
        """A header's value, or empty."""
        return self.headers.get(name.lower(), "")

    def cookies(self) -> dict[str, str]:
        """The cookies sent."""
        found: dict[str, str] = {}
        for part in self.header("cookie").split(";"):
            name, _, value = part.strip().partition("=")
            if name:
                found[name] = value
        return found


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())


def json_answer(content: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """JSON with numbers written in the scale they carry."""
    return Answer(status, _ENCODER.encode(content), (("content-type", JSON_TYPE), *headers))


def html_answer(title: str, *, status: int = 200) -> Answer:
    """A page where data was expected."""
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Answer(status, page.encode(), (("content-type", "text/html; charset=utf-8"),))


def exception_answer(message: str, kind: str = "PX.Data.PXException", *, status: int = 500) -> Answer:
    """The exception form of ``acumatica_api.md`` 5.3."""
    content = {
        "message": "An error has occurred.",
        "exceptionMessage": message,
        "exceptionType": kind,
        "stackTrace": "   at PX.Api.ContractBased.SystemContracts.V2.RestController.Handle(...)",
    }
    return json_answer(content, status=status)


class Refused(Exception):
    """Ends the handling of a request with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def no_entity() -> Refused:
    """A missing key or id (``acumatica_api.md`` 4.5): 500, not 404."""
    kind = "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"
    return Refused(exception_answer("No entity satisfies the condition.", kind))


def not_found(what: str) -> Refused:
    """An unknown endpoint, version, entity or action: 404 (4.5)."""
    return Refused(exception_answer(f"{what} was not found.", "System.Web.HttpException", status=404))


def bad_request(path: str, message: str) -> Refused:
    """A malformed body: 400 with ``modelState`` (5.3)."""
    content = {"message": "The request is invalid.", "modelState": {path: [message]}}
    return Refused(json_answer(content, status=400))


def px_error(message: str, kind: str = "PX.Data.PXException", *, status: int = 500) -> Refused:
    """An exception of the form's logic."""
    return Refused(exception_answer(message, kind, status=status))
