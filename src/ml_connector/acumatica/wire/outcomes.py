"""What an answer means (pure): a closed union for writes, error bodies read at any depth.

``posting_protocol.md 5`` is the table. Statuses alone decide little: the same refusal comes as 422 or 500, "API Login
Limit" under any status (``acumatica_api.md 2.4, 5.3``). The default is ``Unclear``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from ml_connector.acumatica.values import Row, UnreadableJson, decode_json
from ml_connector.acumatica.wire.transport import Reply
from ml_connector.errors import FieldFault

RETRY_AFTER_SECONDS_MAX = 3600.0
_SEATS = b"api login limit"
_BUSY = "a long oper"
# Exceptions that the form's own logic raises while it refuses a value (acumatica_api.md 5.3); others prove nothing.
_REFUSALS = re.compile(
    r"(PX\.Api\.ContractBased\.)?OutcomeEntityHasErrorsException"
    r"|PX\.Data\.PX(Outer|SetProperty|FieldProcessing|FieldValueProcessing|RowPersisting)?Exception",
    re.ASCII,
)
_PADDED = re.compile(r"'([^']*?)\s+'")
_DEPTH_MAX = 8


@dataclass(frozen=True, slots=True)
class Executed:
    """200 with a record."""

    record: Row


@dataclass(frozen=True, slots=True)
class Finished:
    """204: nothing more is said."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """202: a long operation runs, told of at ``location``."""

    location: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """401: not executed."""


@dataclass(frozen=True, slots=True)
class Limited:
    """Refused for pace or seats before anything was done."""

    seats: bool
    retry_after_seconds: float | None


@dataclass(frozen=True, slots=True)
class Busy:
    """Another long operation of this session keeps the form: not executed (``acumatica_api.md 3``)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Refused in one of the known field-error shapes."""

    summary: str
    faults: tuple[FieldFault, ...]
    raw: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PreconditionFailed:
    """412: insert only, but it is there; or update only, but it is not."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """403: no rights, or a feature is off."""

    message: str


@dataclass(frozen=True, slots=True)
class NotThere:
    """404."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Anything else: it may have been executed. ``page`` where a web page came instead of data."""

    what: str
    page: bool = False


Outcome = (
    Executed
    | Finished
    | Accepted
    | SignedOut
    | Limited
    | Busy
    | Refused
    | PreconditionFailed
    | Forbidden
    | NotThere
    | Unclear
)


def judge_write(reply: Reply) -> Outcome:
    """The outcome of a PUT or an action."""
    early = _judge_refused_entry(reply)
    if early is not None:
        return early
    body = json_body(reply)
    match reply.status:
        case 200:
            return Executed(body) if isinstance(body, dict) else Unclear("the answer is not a record", is_page(reply))
        case 202:
            location = reply.headers.get("location", "")
            return Accepted(location) if location else Unclear("a long operation without an address")
        case 204:
            return Finished()
        case 412:
            return PreconditionFailed()
        case 404:
            return NotThere()
        case 400 | 422 | 500 if isinstance(body, dict):
            return _judge_error_body(reply.status, body)
    return Unclear(f"status {reply.status}", is_page(reply))


def _judge_refused_entry(reply: Reply) -> Outcome | None:
    """Refusals at the door: seats, pace, session, rights."""
    if lacks_seat(reply):
        return Limited(True, retry_after(reply))
    match reply.status:
        case 429:
            return Limited(False, retry_after(reply))
        case 401:
            return SignedOut()
        case 403:
            return Forbidden(error_text(reply))
    return None


def _judge_error_body(status: int, body: Row) -> Outcome:
    fault = exception_of(body)
    if is_busy(fault):
        return Busy()
    faults = tuple(walk_faults(body))
    raw = "; ".join(f"{each.path} {each.message}".strip() for each in faults) or fault.message
    if status == 500:
        if not _REFUSALS.fullmatch(fault.type):
            return Unclear(f"status 500 with {fault.type or 'no exception'}")
        if not faults:
            faults = (FieldFault("", tidy(fault.message)),)
        return Refused(tidy(fault.message), faults, raw)
    if not faults:
        return Unclear(f"status {status} without an error")
    summary = body.get("error")
    return Refused(tidy(summary) if isinstance(summary, str) else faults[0].message, faults, raw)


def walk_faults(node: object, path: str = "", depth: int = 0) -> Iterator[FieldFault]:
    """Every ``error`` of an echoed entity and every message of a ``modelState``, with its path.

    Rows are counted from 1, as ``rowNumber`` does: ``Details[2].Project``. The summary at the top counts only where no
    field has an error of its own.
    """
    found = list(_walk(node, path, depth))
    fields = [fault for fault in found if fault.path]
    yield from fields or found


def _walk(node: object, path: str, depth: int) -> Iterator[FieldFault]:
    if depth > _DEPTH_MAX:
        return
    if isinstance(node, list):
        for position, row in enumerate(node, start=1):
            yield from _walk(row, f"{path}[{position}]", depth + 1)
    if not isinstance(node, dict):
        return
    error = node.get("error")
    if isinstance(error, str) and error.strip():
        yield FieldFault(path, tidy(error))
    for name, inner in node.items():
        if name == "modelState" and isinstance(inner, dict):
            yield from _model_state(inner)
        elif name not in ("error", "custom", "_links"):
            yield from _walk(inner, f"{path}.{name}" if path else name, depth + 1)


def _model_state(state: Mapping[str, object]) -> Iterator[FieldFault]:
    for place, messages in state.items():
        for message in messages if isinstance(messages, list) else [messages]:
            if isinstance(message, str):
                yield FieldFault(place, tidy(message))


@dataclass(frozen=True, slots=True)
class ServerFault:
    """An exception as the server tells it; the innermost message where there are several."""

    type: str
    message: str


def is_busy(fault: ServerFault) -> bool:
    """Another long operation keeps the form of this session (``acumatica_api.md 3``)."""
    return tidy(fault.message).lower().startswith(_BUSY)


def exception_of(body: Row) -> ServerFault:
    """Type and message of an exception body (``acumatica_api.md 5.3``); empty where it is none."""
    kind, message = "", ""
    level: object = body
    for _ in range(_DEPTH_MAX):
        if not isinstance(level, dict):
            break
        told = level.get("exceptionMessage")
        named = level.get("exceptionType")
        if isinstance(told, str):
            message = told
        if isinstance(named, str) and not kind:
            kind = named
        level = level.get("innerException")
    if not message and isinstance(body.get("message"), str):
        message = str(body["message"])
    return ServerFault(kind, message)


def json_body(reply: Reply, decode: Callable[[bytes], object] = decode_json) -> object:
    """The decoded body, None where it is no JSON or a web page."""
    if is_page(reply) or not reply.content:
        return None
    try:
        return decode(reply.content)
    except UnreadableJson:
        return None


def is_page(reply: Reply) -> bool:
    """Whether a web page came instead of data, or the way to one."""
    return "html" in reply.headers.get("content-type", "").lower() or reply.status in range(300, 400)


def lacks_seat(reply: Reply) -> bool:
    """ "API Login Limit" in any dress: matched on the text whatever status and type (``acumatica_api.md 2.4``)."""
    data = reply.status == 200 and not is_page(reply) and reply.content[:1] in (b"{", b"[")
    return not data and _SEATS in reply.content.lower()


def error_text(reply: Reply) -> str:
    """The server's own words, short; empty where there are none in data."""
    body = json_body(reply)
    return tidy(exception_of(body).message)[:500] if isinstance(body, dict) else ""


def tidy(message: str) -> str:
    """A message without padding inside quotes and without the word the server puts before it."""
    return _PADDED.sub(r"'\1'", message).strip().removeprefix("Error: ").strip()


def retry_after(reply: Reply) -> float | None:
    """Seconds of a ``Retry-After`` header, 0 to one hour; a date is taken against the server's own clock."""
    header = reply.headers.get("retry-after", "").split(",")[0].strip()
    if not header:
        return None
    if re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", header, re.ASCII):
        return min(max(int(header.partition(".")[0]) + ("." in header), 0.0), RETRY_AFTER_SECONDS_MAX)
    try:
        until = parsedate_to_datetime(reply.headers.get("retry-after", ""))
        now = parsedate_to_datetime(reply.headers.get("date", ""))
        seconds = (until - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_SECONDS_MAX)
