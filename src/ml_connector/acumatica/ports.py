"""What this room asks of others, as small protocols, and the deadlines it works under. Declares only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

PASSWORD = "acumatica.password"
CLIENT_SECRET = "acumatica.client_secret"
REFRESH_TOKEN = "acumatica.refresh_token"


class SecretStore(Protocol):
    """The sealed secrets of one connection, by the keys of ``operator_contract.md 2``."""

    def load_secret(self, key: str) -> str | None:
        """The secret, None where none was ever set."""
        ...

    def save_secret(self, key: str, value: str) -> None:
        """Seal the secret, durable before it returns."""
        ...


class RenewalTurn(Protocol):
    """One at a time over all that share a grant: two renewals with one refresh token lose it (``acumatica_api.md
    2.1``)."""

    def held(self) -> AbstractContextManager[None]:
        """Wait for the turn and keep it while inside; TransientError where it does not come."""
        ...


class CanaryStore(Protocol):
    """The record that proves the tenant (``posting_protocol.md 4.4``), kept for ever."""

    def load_canary(self) -> tuple[str, str] | None:
        """Vendor id and record id as first seen; None before the first good sign-in."""
        ...

    def save_canary(self, vendor_id: str, record_id: str) -> None:
        """Keep the canary; a later one replaces it."""
        ...


class WayStore(Protocol):
    """What is remembered of the ways a tenant can be read, as one text; losing it costs a few requests."""

    def load_ways(self) -> str | None:
        """What was last saved, None before the first time."""
        ...

    def save_ways(self, text: str) -> None:
        """Take its place."""
        ...


class ReadSource(Protocol):
    """Where entities are read: the client itself, or what sends a read elsewhere."""

    def read(self, path: str, query: str = "", decode: Callable[[bytes], object] = ...) -> object:
        """A GET below the endpoint; the decoded answer."""
        ...


class RequestLog(Protocol):
    """The story of an invoice: every request sent on its behalf. ``path`` carries no query and no secret."""

    def record_request(
        self, invoice_id: str | None, at: datetime, method: str, path: str, *, status: int | None
    ) -> None:
        """One request as it ended; ``status`` None where no answer came."""
        ...


class Budget(Protocol):
    """The connector's share of the tenant's licence, shared by all who call that tenant (``acumatica_api.md 3``)."""

    def reserve(self) -> bool:
        """Wait until one more request fits into the minute, and count it; whether it had to wait.

        Raises TransientError ``acumatica.limited`` where a pause longer than a caller's patience is on.
        """
        ...

    def running(self) -> AbstractContextManager[None]:
        """Wait for one of the places for concurrent requests and hold it while inside."""
        ...

    def pause(self, seconds: float) -> None:
        """Nobody sends for so many seconds: the tenant said it is too much."""
        ...

    def note_answer(self, kind: str, seconds: float) -> bool:
        """An answer of that kind took so long; whether everybody leaves the tenant alone for a while because of it."""
        ...


class PaceBook(Protocol):
    """Who called this tenant when, and who is calling now, shared by all processes. It never waits."""

    def note_request(self, per_minute: int) -> float:
        """Count one request now; where it does not fit, count nothing and tell the seconds after which it may."""
        ...

    def take_place(self, places: int) -> int | None:
        """One of the places for requests at one time, None where all are taken."""
        ...

    def give_place_back(self, place: int) -> None:
        """Free the place."""
        ...

    def pause(self, seconds: float) -> None:
        """Nobody counts a request for so many seconds."""
        ...

    def load_usual_seconds(self, kind: str) -> float | None:
        """How long an answer of that kind usually takes; None where there was none yet."""
        ...

    def save_usual_seconds(self, kind: str, seconds: float) -> None:
        """Keep how long an answer of that kind usually takes."""
        ...


def never_cut() -> bool:
    """Nothing is given up but by Ctrl-C."""
    return False


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long and how often, in seconds and tries; tests shorten them. ``cuts`` is asked while a request is under way:
    once it is True, the request is given up with KeyboardInterrupt.

    Reads wait out the documented queue of 10 minutes, a PUT that and 5 minutes of execution (``acumatica_api.md 3``,
    ``reliability_anchors.md 3.9``). ``read_tries`` counts the first one. An answer of which few fields are kept may be
    longer than others: the keys of 50,000 vendors take 20 MB.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 660.0
    write_seconds: float = 960.0
    action_seconds: float = 960.0
    poll_first_seconds: float = 0.1
    poll_last_seconds: float = 5.0
    read_tries: int = 5
    backoff_first_seconds: float = 1.0
    backoff_last_seconds: float = 300.0
    body_bytes_max: int = 10_000_000
    lean_bytes_max: int = 64_000_000
    cuts: Callable[[], bool] = never_cut


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a customer asks for beyond the usual: tax and bank identifiers of vendors, their locations, their attributes
    by id, and attributes whose values are dimensions."""

    bank_details: bool = False
    vendor_locations: bool = False
    vendor_attributes: tuple[str, ...] = ()
    dimension_attributes: tuple[str, ...] = ()
