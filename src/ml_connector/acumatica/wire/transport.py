"""The one door through which every request leaves: counted, logged, within the budget, cut at its deadline, sent once.

What it raises says only whether the request can have been executed: TransientError = certainly not sent,
UncertainError = everything else. It repeats nothing and judges no status.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from io import BytesIO
from typing import Literal

import httpx2

from ml_connector.acumatica.ports import Budget, Deadlines, RequestLog
from ml_connector.acumatica.wire.failures import translate_failure
from ml_connector.acumatica.wire.origin import split_url
from ml_connector.acumatica.wire.sockets import FRESH, Flight, Flights
from ml_connector.clock import Clock
from ml_connector.domain.values.records import RequestCounts
from ml_connector.errors import ConnectorError, UncertainError

TOO_LARGE = "acumatica.answer_too_large"
# The pause has reached its longest long before.
_REFUSALS_MAX = 30
# An entity's address below the instance: entity, endpoint, version, name.
_PLACE_PARTS = 4


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``path`` is below the instance, or from the host's root where it begins with a slash; both it and
    ``query`` are encoded. A write goes over a connection of its own; one that is not counted needs no budget, one that
    may use the reservation of ``reserve_write`` has its budget already. Of a ``lean`` answer few fields are kept."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    kind: Literal["read", "write"] = "read"
    counted: bool = True
    reserved: bool = False
    lean: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, whole; header names in lower case, ``set_cookies`` as sent."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    set_cookies: tuple[str, ...] = field(default=(), repr=False)


class _Thread(threading.local):
    """What one thread is about, and what it has reserved."""

    invoice_id: str | None = None
    reservation: ExitStack | None = None


class Transport:
    """Sends calls to one instance. ``http`` is the wire below: real sockets, or a stub in tests."""

    def __init__(
        self,
        url: str,
        http: httpx2.BaseTransport,
        flights: Flights,
        *,
        budget: Budget,
        log: RequestLog,
        clock: Clock,
        deadlines: Deadlines,
    ) -> None:
        self.origin, self._root = split_url(url)
        # No cookie is kept here, no proxy of the environment used, no redirect followed.
        jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx2.Client(transport=http, trust_env=False, follow_redirects=False, cookies=jar, timeout=None)
        self._flights = flights
        self._budget = budget
        self._log = log
        self._clock = clock
        self._deadlines = deadlines
        self._lock = threading.Lock()
        self._counts = RequestCounts()
        self._refusals = 0
        self._thread = _Thread()

    def about(self, invoice_id: str | None) -> None:
        """Requests of this thread are from now on on behalf of that invoice; what was reserved for another and never
        used is given back."""
        self._give_back()
        self._thread.invoice_id = invoice_id

    def reserve_write(self) -> None:
        """Take for this thread's next write its room in the minute and its place among the concurrent requests now, so
        that nothing waits once its intent is recorded."""
        if self._thread.reservation is not None:
            return
        self._reserve()
        with ExitStack() as stack:
            stack.enter_context(self._budget.running())
            self._thread.reservation = stack.pop_all()

    def send(self, call: Call, seconds: float) -> Reply:
        """One request and its whole answer within ``seconds``.

        Raises TransientError ``acumatica.not_sent``, ConfigurationError where the address or the certificate is
        refused, UncertainError ``acumatica.answer_lost`` for everything else.
        """
        with self._room(call):
            self._count(sent=1)
            status: int | None = None
            began = self._clock.monotonic()
            try:
                reply = self._exchange(call, seconds)
                status = reply.status
            finally:
                took = self._clock.monotonic() - began
                self._record(call, status)
        if call.counted:
            self._note_pace(call, reply, took)
        return reply

    def _note_pace(self, call: Call, reply: Reply, seconds: float) -> None:
        if reply.status != HTTPStatus.TOO_MANY_REQUESTS:
            self._refusals = 0
        if reply.status >= HTTPStatus.BAD_REQUEST:
            return
        # An answer four times as large is another kind: it may take its time.
        kind = f"{call.method} {_place(call.path)} {len(reply.content).bit_length() // 2}"
        # The answer is there: that the book cannot be reached takes nothing from it.
        with suppress(ConnectorError):
            if self._budget.note_answer(kind, seconds):
                self._count(throttled=1)

    def _exchange(self, call: Call, seconds: float) -> Reply:
        flight = Flight(self._clock, seconds, self._deadlines.cuts)
        self._flights.current = flight
        try:
            request = self._client.build_request(
                call.method,
                self._url(call),
                headers={"Accept": "application/json", **call.headers},
                content=call.content,
                extensions={FRESH: call.kind == "write"},
            )
            response = self._client.send(request, stream=True)
            try:
                content = self._read_body(response, flight, self._bytes_max(call))
            finally:
                response.close()
        except ConnectorError:
            raise
        except Exception as error:
            raise translate_failure(error, first_byte_sent=flight.first_byte_sent) from None
        finally:
            self._flights.current = None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, content, tuple(response.headers.get_list("set-cookie")))

    def _bytes_max(self, call: Call) -> int:
        return self._deadlines.lean_bytes_max if call.lean else self._deadlines.body_bytes_max

    def _read_body(self, response: httpx2.Response, flight: Flight, bytes_max: int) -> bytes:
        # Hands out what it holds, where joined pieces would be there twice for a moment.
        content = BytesIO()
        for chunk in response.iter_bytes():
            content.write(chunk)
            if content.tell() > bytes_max:
                raise UncertainError("Acumatica's answer is larger than this program takes.", code=TOO_LARGE)
            if flight.remaining() <= 0:
                raise httpx2.ReadTimeout("the request's deadline has passed")
        return content.getvalue()

    def _url(self, call: Call) -> httpx2.URL:
        path = call.path if call.path.startswith("/") else f"{self._root}/{call.path}"
        return httpx2.URL(f"{self.origin}{path}" + (f"?{call.query}" if call.query else ""))

    def _record(self, call: Call, status: int | None) -> None:
        try:
            self._log.record_request(self._thread.invoice_id, self._clock.now(), call.method, call.path, status=status)
        except ConnectorError as error:
            if call.kind == "write":
                # The write may stand: whatever the log could not do must not be read as "not executed".
                raise UncertainError(
                    "The outcome of a request could not be recorded.", code="acumatica.log_failed"
                ) from error
            raise

    @contextmanager
    def _room(self, call: Call) -> Iterator[None]:
        """Room in the minute and a place, or what this thread has reserved of both."""
        reservation = self._thread.reservation
        if call.reserved and reservation is not None:
            self._thread.reservation = None
            with reservation:
                yield
            return
        if call.counted:
            self._reserve()
        # Signing in again between reservation and write goes in the place that is held: a second might never come.
        with self._budget.running() if reservation is None else nullcontext():
            yield

    def _give_back(self) -> None:
        reservation, self._thread.reservation = self._thread.reservation, None
        if reservation is not None:
            reservation.close()

    def _reserve(self) -> None:
        if self._budget.reserve():
            self._count(throttled=1)

    def _count(self, *, sent: int = 0, retried: int = 0, throttled: int = 0) -> None:
        with self._lock:
            now = self._counts
            self._counts = RequestCounts(now.sent + sent, now.retried + retried, now.throttled + throttled)

    def note_retry(self) -> None:
        """The next request repeats one that failed."""
        self._count(retried=1)

    def pause(self, seconds: float) -> None:
        """The tenant refused for pace: everybody waits."""
        self._count(throttled=1)
        self._budget.pause(seconds)

    def back_off(self, told: float | None) -> float:
        """Everybody waits as long as the refusing tenant told, or else, as it mostly does not (``acumatica_api.md 3``),
        with full jitter twice as long at each refusal in a row (``fault_catalogue.md 52``); the seconds."""
        first, last = self._deadlines.backoff_first_seconds, self._deadlines.backoff_last_seconds
        with self._lock:
            seconds = told if told is not None else random.uniform(0, min(last, first * 2**self._refusals))
            self._refusals = min(self._refusals + 1, _REFUSALS_MAX)
        self.pause(seconds)
        return seconds

    def counts(self) -> RequestCounts:
        """Requests so far."""
        return self._counts

    def close(self) -> None:
        """Close every connection."""
        self._give_back()
        self._client.close()


def _place(path: str) -> str:
    """What is asked, without the record: an entity, or whatever else the first parts of the address name."""
    return "/".join(path.split("/")[:_PLACE_PARTS])
