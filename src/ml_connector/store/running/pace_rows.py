"""The book of ``running.pace`` as rows of a database server, for machines that share one: who called which tenant when,
who is calling now, and how long answers take.

The machines' clocks must agree to about a second; a server that crashed forgets the last minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, delete, insert, or_, select, update

from ml_connector.clock import Clock
from ml_connector.errors import TransientError, UncertainError
from ml_connector.store.database import Database
from ml_connector.store.rows.pace_tables import pace_pause, pace_place, pace_sent, pace_usual
from ml_connector.store.running.pace import MINUTE, PAUSE_SECONDS_MAX, PLACE_SECONDS


class PaceRows:
    """The book of one tenant; fits the edge's port. Threads may share it."""

    def __init__(
        self, database: Database, tenant: str, holder: str, clock: Clock, *, holder_alive: Callable[[str], bool | None]
    ) -> None:
        self._database = database.scoped(f"pace of {tenant}")
        self._tenant = tenant
        self._holder = holder
        self._clock = clock
        self._holder_alive = holder_alive

    def note_request(self, per_minute: int) -> float:
        """Count one request now; where it does not fit, count nothing and tell the seconds after which it may."""
        mine = pace_sent.c.tenant == self._tenant
        with self._writing() as book:
            now = self._clock.now().timestamp()
            paused = self._paused_until(book, now)
            if paused > now:
                return max(paused - now, 0.001)
            gone = or_(pace_sent.c.at <= now - MINUTE, pace_sent.c.at > now + MINUTE)
            book.execute(delete(pace_sent).where(mine, gone))
            # The one that has to leave the minute first, where the minute is full.
            newest_first = select(pace_sent.c.at).where(mine).order_by(pace_sent.c.at.desc())
            oldest = book.execute(newest_first.limit(1).offset(per_minute - 1)).scalar()
            if oldest is not None:
                return max(oldest + MINUTE - now, 0.001)
            book.execute(insert(pace_sent).values(tenant=self._tenant, at=now))
            return 0.0

    def take_place(self, places: int) -> int | None:
        """One of the places for requests at one time, None where all are taken; dead processes hold none."""
        with self._writing() as book:
            now = self._clock.now().timestamp()
            rows = book.execute(select(pace_place).where(pace_place.c.tenant == self._tenant)).all()
            gone = [
                row.number
                for row in rows
                if row.until <= now or row.until > now + 2 * PLACE_SECONDS or self._holder_alive(row.holder) is False
            ]
            if gone:
                book.execute(delete(pace_place).where(pace_place.c.number.in_(gone)))
            if len(rows) - len(gone) >= places:
                return None
            place = {"tenant": self._tenant, "holder": self._holder, "until": now + PLACE_SECONDS}
            number: int = book.execute(insert(pace_place).values(**place).returning(pace_place.c.number)).scalar_one()
            return number

    def give_place_back(self, place: int) -> None:
        """Free the place."""
        with self._writing() as book:
            book.execute(delete(pace_place).where(pace_place.c.number == place))

    def pause(self, seconds: float) -> None:
        """Nobody counts a request for so many seconds; a longer pause that is on already stays."""
        with self._writing() as book:
            now = self._clock.now().timestamp()
            until = max(now + min(seconds, PAUSE_SECONDS_MAX), self._paused_until(book, now))
            changed = book.execute(update(pace_pause).where(pace_pause.c.tenant == self._tenant).values(until=until))
            if changed.rowcount == 0:
                book.execute(insert(pace_pause).values(tenant=self._tenant, until=until))

    def load_usual_seconds(self, kind: str) -> float | None:
        """How long an answer of that kind usually takes; None where there was none yet."""
        mine = (pace_usual.c.tenant == self._tenant) & (pace_usual.c.kind == kind)
        with self._writing() as book:
            return book.execute(select(pace_usual.c.seconds).where(mine)).scalar()

    def save_usual_seconds(self, kind: str, seconds: float) -> None:
        """Keep how long an answer of that kind usually takes."""
        mine = (pace_usual.c.tenant == self._tenant) & (pace_usual.c.kind == kind)
        with self._writing() as book:
            if book.execute(update(pace_usual).where(mine).values(seconds=seconds)).rowcount == 0:
                book.execute(insert(pace_usual).values(tenant=self._tenant, kind=kind, seconds=seconds))

    def close(self) -> None:
        """Free what this holder still has."""
        mine = (pace_place.c.tenant == self._tenant) & (pace_place.c.holder == self._holder)
        with suppress(TransientError), self._writing() as book:
            book.execute(delete(pace_place).where(mine))

    def _paused_until(self, book: Connection, now: float) -> float:
        until = book.execute(select(pace_pause.c.until).where(pace_pause.c.tenant == self._tenant)).scalar()
        return 0.0 if until is None or until > now + PAUSE_SECONDS_MAX else until

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._database.transaction() as book:
                yield book
        except UncertainError as error:
            # Counted once too often at the worst: nothing was sent yet.
            raise TransientError(
                "How many requests were sent in the last minute cannot be read",
                fix="Run it again.",
                stage="store",
                code="store.pace_unknown",
            ) from error
