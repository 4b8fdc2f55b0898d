"""One session with the tenant: opened on first use, renewed by one process at a time, closed where it holds a seat.

It knows when to sign in, not how (``signing``), and nothing of what is asked afterwards.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from ml_connector.acumatica.ports import Deadlines, RenewalTurn
from ml_connector.acumatica.wire.signing import Opened, SignIn, parse_cookies, render_cookies
from ml_connector.acumatica.wire.transport import Call, Reply, Transport
from ml_connector.clock import Clock
from ml_connector.errors import ConfigurationError, ConnectorError, TransientError

_RELOGIN_SECONDS = 60.0
# A token is renewed before it ends, by a tenth of its life or this, so that no request starts with a dying one.
_MARGIN_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request is signed with; ``number`` counts the sign-ins of this session."""

    number: int
    headers: Mapping[str, str] = field(repr=False)
    ends_at: float | None = None
    sign_out: bool = True


class OwnTurn:
    """The turn of a session that shares its grant with nobody: the session's own lock is enough."""

    def held(self) -> AbstractContextManager[None]:
        """Nobody to wait for."""
        return nullcontext()


class Session:
    """The session of one connection in this process."""

    def __init__(
        self, sign_in: SignIn, transport: Transport, clock: Clock, deadlines: Deadlines, *, turn: RenewalTurn
    ) -> None:
        self._sign_in = sign_in
        self._turn = turn
        self._transport = transport
        self._clock = clock
        self._deadlines = deadlines
        self._lock = threading.RLock()
        self._current: Credential | None = None
        self._cookies: dict[str, str] = {}
        self._number = 0
        self._logged_in_again_at: float | None = None
        self._lost = False
        self._refused: ConfigurationError | None = None

    def credential(self) -> Credential:
        """The present credential; signs in where there is none or its time is over."""
        with self._lock:
            if self._current is not None and not self._is_ending(self._current):
                return self._current
            return self._open()

    def headers(self, credential: Credential) -> dict[str, str]:
        """The headers of a request: the credential, and the cookies this session was given (a cluster's too)."""
        with self._lock:
            cookies = {**parse_cookies(tuple(credential.headers.get("Cookie", "").split("; "))), **self._cookies}
            headers = {name: value for name, value in credential.headers.items() if name != "Cookie"}
        return {**headers, "Cookie": render_cookies(cookies)} if cookies else headers

    def keep_cookies(self, credential: Credential, reply: Reply) -> None:
        """Cookies an answer sets belong to the session, and to no later one."""
        with self._lock:
            if credential is self._current:
                self._cookies.update(parse_cookies(reply.set_cookies))

    def renew(self, stale: Credential) -> None:
        """Sign in again after a 401; threads that come with the same stale credential wait for the one that does it.

        Raises TransientError ``acumatica.signed_out`` where a second full sign-in within a minute would be needed.
        """
        with self._lock:
            if self._current is stale:
                self._current = None
                self._lost = True
                self._open()

    def forget(self, stale: Credential) -> None:
        """The session looks lost (a login page came): the next request signs in anew."""
        with self._lock:
            if self._current is stale:
                self._close_current()
                self._lost = True

    def open_with(self, log_in: Callable[[], Opened]) -> None:
        """Begin a session that a person gave the permission for, in place of the present one."""
        with self._lock:
            self._close_current()
            with self._turn.held():
                opened = log_in()
            self._begin(opened)

    def close(self) -> None:
        """Sign out where the session holds a seat of its own; never raises, a leaked seat ends by itself (2.4)."""
        with self._lock:
            self._close_current()

    def _open(self) -> Credential:
        # Who waited finds the token that the one before sealed; signing in anew takes its turn too, so that processes
        # that start together share one grant and its seat.
        with self._turn.held():
            opened = self._sign_in.renew()
            if opened is None:
                self._pace_logins()
                opened = self._log_in()
        return self._begin(opened)

    def _begin(self, opened: Opened) -> Credential:
        self._lost, self._refused = False, None
        self._number += 1
        self._cookies = {}
        lasts, ends_at = opened.lasts_seconds, None
        if lasts is not None:
            ends_at = self._clock.monotonic() + lasts - min(_MARGIN_SECONDS, lasts / 10)
        self._current = Credential(self._number, opened.headers, ends_at, opened.sign_out)
        return self._current

    def _log_in(self) -> Opened:
        """A full sign-in, never again after a refusal: three tries with one wrong password lock the user."""
        if self._refused is not None:
            raise self._refused
        try:
            return self._sign_in.log_in()
        except ConfigurationError as error:
            self._refused = error
            raise

    def _pace_logins(self) -> None:
        """Not more than one full sign-in a minute after a lost session (``fault_catalogue.md 62``)."""
        if not self._lost:
            return
        now = self._clock.monotonic()
        last = self._logged_in_again_at
        if last is not None and now - last < _RELOGIN_SECONDS:
            raise TransientError(
                "Acumatica ended the session again and again.",
                fix="Wait a minute and run it again; look for a load balancer without sticky sessions.",
                stage="sign_in",
                code="acumatica.signed_out",
                retry_after_seconds=_RELOGIN_SECONDS - (now - last),
            )
        self._logged_in_again_at = now

    def _is_ending(self, credential: Credential) -> bool:
        return credential.ends_at is not None and self._clock.monotonic() >= credential.ends_at

    def _close_current(self) -> None:
        current, self._current = self._current, None
        if current is None or not current.sign_out:
            return
        call = Call(
            "POST",
            "entity/auth/logout",
            headers={**self.headers(current), "Content-Length": "0"},
            content=b"",
            kind="write",
            counted=False,
        )
        try:
            self._transport.send(call, self._deadlines.connect_seconds)
        except ConnectorError:
            # Noted in the request log; nothing else can be done about a seat that does not want to be freed.
            return
