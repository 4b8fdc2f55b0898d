"""Signed requests: reads that try again with back-off, writes that never do, long operations polled to their end.

Every answer is judged by ``outcomes``; what crosses this module's edge is a decoded answer or one of the five families.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar, assert_never
from urllib.parse import urlsplit

from ml_connector.acumatica.ports import Deadlines
from ml_connector.acumatica.values import Row, decode_json, encode_json
from ml_connector.acumatica.wire import outcomes
from ml_connector.acumatica.wire.limiter import PATIENCE_SECONDS, limited
from ml_connector.acumatica.wire.refusals import ForbiddenError, ReadFault
from ml_connector.acumatica.wire.session import Credential, Session
from ml_connector.acumatica.wire.signing import proxy_login, seats_taken
from ml_connector.acumatica.wire.transport import TOO_LARGE, Call, Reply, Transport
from ml_connector.clock import Clock
from ml_connector.domain.values.draft import PlannedWrite
from ml_connector.errors import IntegrityError, RejectedError, TransientError, UncertainError

T = TypeVar("T")
Decode = Callable[[bytes], object]
"""How an answer's bytes are decoded; raises UnreadableJson."""


class Proof(Protocol):
    """What must be true after each sign-in before anything else is asked."""

    def prove(self, client: ApiClient) -> None:
        """Raises ConfigurationError where the session is not in the right place."""
        ...

    def recheck(self, client: ApiClient) -> None:
        """The same, of the endpoint alone, after an answer that looks as if it were gone."""
        ...


@dataclass(frozen=True, slots=True)
class Write:
    """One write below the endpoint, or at a path from the host's root where it begins with a slash; bytes are sent as
    they are. ``what`` names it to a person."""

    method: str
    path: str
    body: Row | bytes
    what: str
    query: str = ""
    headers: Mapping[str, str] | None = None


class ApiClient:
    """Asks one endpoint of one tenant."""

    def __init__(
        self,
        transport: Transport,
        session: Session,
        proof: Proof,
        *,
        root: str,
        clock: Clock,
        deadlines: Deadlines,
        reads_only: bool = False,
    ) -> None:
        self.root = root
        self._reads_only = reads_only
        self._transport = transport
        self._session = session
        self._proof = proof
        self._clock = clock
        self._deadlines = deadlines
        self._proven = 0
        self._proof_lock = threading.RLock()
        self._proving = threading.local()

    def read(self, path: str, query: str = "", decode: Decode = decode_json) -> object:
        """A GET below the endpoint; the decoded answer.

        Raises ReadFault, ForbiddenError, TransientError after the last try.
        """
        return self._tried(Call("GET", f"{self.root}/{path}", query, lean=decode is not decode_json), decode)

    def read_from(
        self, path: str, query: str = "", decode: Decode = decode_json, *, headers: Mapping[str, str] | None = None
    ) -> object:
        """The same below the instance, or from the host's root where the path begins with a slash."""
        return self._tried(Call("GET", path, query, headers or {}), decode)

    def ask(self, path: str, query: str, headers: Mapping[str, str]) -> Reply:
        """One GET below the instance, sent once: its answer is the caller's to judge and says nothing of the session.

        Raises TransientError where the tenant asks for a slower pace, else what sending raises.
        """
        reply = self._send(self._proven_credential(), Call("GET", path, query, headers), self._deadlines.read_seconds)
        if outcomes.lacks_seat(reply) or reply.status == 429:
            raise self._slow_down(outcomes.Limited(outcomes.lacks_seat(reply), outcomes.retry_after(reply)))
        if reply.status == 407:
            raise proxy_login()
        return reply

    def inquire(self, path: str, query: str, parameters: Row) -> object:
        """An inquiry, read by PUT though it writes nothing (4.3): tried again like a read."""
        content = encode_json(parameters)
        return self._tried(Call("PUT", f"{self.root}/{path}", query, {"Content-Type": "application/json"}, content))

    @property
    def origin(self) -> str:
        """Scheme, host and port of the instance."""
        return self._transport.origin

    def sign_in(self) -> None:
        """Sign in, and nothing else."""
        self._session.credential()

    def prove(self) -> None:
        """Sign in where needed and prove the tenant."""
        self._proven_credential()

    def unproven(self, ask: Callable[[ApiClient], T]) -> T:
        """What ``ask`` gives in a session that need not be proven: the parts of the proof itself."""
        self._proving.on = True
        try:
            return ask(self)
        finally:
            self._proving.on = False

    def prepare_write(self) -> None:
        """Sign in, prove the tenant and take the next write's room and place, before its intent is recorded."""
        self._proven_credential()
        self._transport.reserve_write()

    def write(self, write: Write) -> outcomes.Executed | outcomes.Finished | outcomes.Accepted:
        """One write, sent once.

        Raises TransientError where it was certainly not executed, RejectedError where it was refused in a field-error
        form or by a precondition, ConfigurationError where the user may not, UncertainError for all else.
        """
        if self._reads_only:
            raise _write_in_dry_run(write)
        credential = self._proven_credential()
        reply = self._send(credential, self._write_call(write), self._deadlines.write_seconds)
        outcome = outcomes.judge_write(reply)
        match outcome:
            case outcomes.Executed() | outcomes.Finished() | outcomes.Accepted():
                return outcome
            case outcomes.SignedOut():
                self._session.renew(credential)
                raise TransientError(
                    f"Acumatica had ended the session; {write.what} was not done.", code="acumatica.signed_out"
                )
            case outcomes.Limited():
                raise self._slow_down(outcome)
            case outcomes.Busy():
                raise TransientError(
                    f"Acumatica is still busy with something else; {write.what} was not done.",
                    code="acumatica.busy",
                    retry_after_seconds=self._deadlines.poll_last_seconds,
                )
            case outcomes.Refused():
                raise RejectedError(
                    f"Acumatica refused: {outcome.summary}",
                    code="acumatica.refused",
                    faults=outcome.faults,
                    raw=outcome.raw,
                )
            case outcomes.PreconditionFailed():
                code = "acumatica.exists" if "If-None-Match" in (write.headers or {}) else "acumatica.missing"
                raise RejectedError(
                    f"Acumatica says that {write.what} cannot be: the record is there, or gone.", code=code
                )
            case outcomes.Forbidden():
                raise ForbiddenError(write.what, outcome.message)
            case outcomes.NotThere():
                self._recheck_after(write)
                raise self._unclear(write, "the address was not found")
            case outcomes.Unclear():
                if outcome.page:
                    self._session.forget(credential)
                raise self._unclear(write, outcome.what)
            case _:
                assert_never(outcome)

    def _recheck_after(self, write: Write) -> None:
        try:
            self._proof.recheck(self)
        except TransientError as error:
            # That the list cannot be read now says nothing of the write.
            raise self._unclear(write, "the address was not found") from error

    def follow(self, write: Write, accepted: outcomes.Accepted) -> None:
        """Poll a long operation in this session until it has ended; polls are not counted by the licence (5.4).

        Raises RejectedError where it failed, UncertainError at the cap or where its address leads elsewhere.
        """
        path, query = self._own_address(write, accepted.location)
        ends_at = self._clock.monotonic() + self._deadlines.action_seconds
        pause = self._deadlines.poll_first_seconds
        while self._clock.monotonic() < ends_at:
            if self._poll(write, Call("GET", path, query, counted=False)):
                return
            self._clock.sleep(pause)
            pause = min(pause * 2, self._deadlines.poll_last_seconds)
        raise self._unclear(write, "it had not ended when the time was over")

    def _poll(self, write: Write, call: Call) -> bool:
        """True where the operation has ended well, False where it runs or nobody can tell yet."""
        try:
            reply = self._send(self._session.credential(), call, self._deadlines.read_seconds)
        except (TransientError, UncertainError):
            return False
        outcome = outcomes.judge_write(reply)
        match outcome:
            case outcomes.Finished() | outcomes.Executed():
                return True
            case outcomes.Refused():
                raise RejectedError(
                    f"Acumatica refused: {outcome.summary}",
                    code="acumatica.refused",
                    faults=outcome.faults,
                    raw=outcome.raw,
                )
            case outcomes.SignedOut() | outcomes.NotThere() | outcomes.Forbidden():
                raise self._unclear(write, "its progress can no longer be asked for")
            case outcomes.Unclear() if reply.status >= 400 and isinstance(outcomes.json_body(reply), dict):
                # The form of a failed operation is not established (5.4): any error told as data is its end.
                told = outcomes.error_text(reply)
                raise RejectedError(f"Acumatica refused: {told}", code="acumatica.refused", raw=told)
            case _:
                return False

    def _own_address(self, write: Write, location: str) -> tuple[str, str]:
        """Path and query of a ``Location``, host-relative or absolute, on our own origin alone (1, 5.4)."""
        parts = urlsplit(location)
        origin = f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else self._transport.origin
        path_ok = parts.path.startswith("/") and location.isascii() and location.isprintable()
        if origin != self._transport.origin or not path_ok:
            raise self._unclear(write, "its progress is told at another address")
        return parts.path, parts.query

    def _tried(self, call: Call, decode: Decode = decode_json) -> object:
        failure: TransientError | None = None
        began = self._clock.monotonic()
        for attempt in range(self._deadlines.read_tries):
            if failure is not None:
                if self._clock.monotonic() - began >= self._deadlines.read_seconds:
                    break
                self._wait(attempt, failure.retry_after_seconds)
                self._transport.note_retry()
            credential = self._proven_credential()
            try:
                reply = self._send(credential, call, self._deadlines.read_seconds)
                return self._judge_read(call, reply, credential, decode)
            except ReadFault:
                raise
            except UncertainError as error:
                again = _transient(error.message, error.code)
                if error.code == TOO_LARGE:
                    raise again from None
            except TransientError as error:
                again = error
                if failure is not None and failure.code == again.code == "acumatica.signed_out":
                    raise
            failure = again
        raise failure or ValueError("a read needs at least one try")

    def _judge_read(self, call: Call, reply: Reply, credential: Credential, decode: Decode) -> object:
        if reply.status == 401:
            self._session.renew(credential)
            raise TransientError("Acumatica had ended the session.", code="acumatica.signed_out", retry_after_seconds=0)
        if outcomes.lacks_seat(reply) or reply.status == 429:
            raise self._slow_down(outcomes.Limited(outcomes.lacks_seat(reply), outcomes.retry_after(reply)))
        if reply.status == 407:
            raise proxy_login()
        if outcomes.is_page(reply) and reply.status < 400:
            self._session.forget(credential)
            raise _transient("Acumatica showed its login page instead of data; signing in again.", "acumatica.page")
        if reply.status == 403:
            raise ForbiddenError(call.path.removeprefix(f"{self.root}/").split("/")[0], outcomes.error_text(reply))
        body = outcomes.json_body(reply, decode if reply.status == 200 else decode_json)
        if reply.status == 200 and body is not None:
            return body
        if 400 <= reply.status < 500 or (reply.status == 500 and isinstance(body, dict)):
            if reply.status == 404 and call.path.startswith(f"{self.root}/"):
                self._proof.recheck(self)
            fault = outcomes.exception_of(body if isinstance(body, dict) else {})
            if outcomes.is_busy(fault):
                raise _transient("Acumatica is still busy with something else.", "acumatica.busy")
            raise ReadFault(reply.status, fault)
        raise _transient("Acumatica's answer cannot be read.", "acumatica.unavailable")

    def _wait(self, attempt: int, told: float | None) -> None:
        """Full-jitter back-off between tries of a read (``fault_catalogue.md 52``), or what the server told."""
        first, last = self._deadlines.backoff_first_seconds, self._deadlines.backoff_last_seconds
        seconds = told if told is not None else random.uniform(0, min(last, first * 2 ** (attempt - 1)))
        if seconds > PATIENCE_SECONDS:
            raise limited(seconds)
        if seconds > 0:
            self._clock.sleep(seconds)

    def _slow_down(self, outcome: outcomes.Limited) -> TransientError:
        told = outcome.retry_after_seconds
        if outcome.seats:
            self._transport.pause(told or 0.0)
            return seats_taken(told)
        return limited(self._transport.back_off(told))

    def _send(self, credential: Credential, call: Call, seconds: float) -> Reply:
        signed = replace(call, headers={**call.headers, **self._session.headers(credential)})
        reply = self._transport.send(signed, seconds)
        self._session.keep_cookies(credential, reply)
        return reply

    def describe(self, write: Write) -> PlannedWrite:
        """The request that ``write`` would be, without what says how it is answered; nothing is sent."""
        call = self._write_call(write)
        return PlannedWrite(call.method, call.path, decode_json(call.content or b"null"))

    def _write_call(self, write: Write) -> Call:
        raw = write.body if isinstance(write.body, bytes) else None
        kind = "application/json" if raw is None else "application/octet-stream"
        headers = {"Content-Type": kind, **(write.headers or {})}
        content = encode_json(write.body) if raw is None else raw
        path = write.path if write.path.startswith("/") else f"{self.root}/{write.path}"
        return Call(write.method, path, write.query, headers, content, kind="write", reserved=True)

    def _unclear(self, write: Write, why: str) -> UncertainError:
        return UncertainError(
            f"It is not known whether {write.what} was done: {why}.",
            fix="Run it again: what was sent is looked up before anything is repeated.",
            code="acumatica.unclear",
        )

    def _proven_credential(self) -> Credential:
        """A credential whose session is known to be in the right tenant; proven once per sign-in, by one thread."""
        credential = self._session.credential()
        if credential.number == self._proven or getattr(self._proving, "on", False):
            return credential
        with self._proof_lock:
            credential = self._session.credential()
            if credential.number != self._proven:
                self.unproven(self._proof.prove)
                self._proven = credential.number
        return credential


def _write_in_dry_run(write: Write) -> IntegrityError:
    return IntegrityError(
        f"A dry run was about to write to Acumatica ({write.what}); it was stopped before anything was sent.",
        fix="Tell the makers of ml-connector; nothing was written.",
        code="acumatica.write_in_dry_run",
    )


def _transient(message: str, code: str) -> TransientError:
    return TransientError(message, fix="Wait and run it again.", code=code)
