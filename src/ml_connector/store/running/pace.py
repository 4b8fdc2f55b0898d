"""Who called which tenant when, who is calling now, and how long answers take: one book for all processes that share
a database.

It lies in a small SQLite file of its own beside the database, since it is written with every request and nothing is
lost with it: it is never synced, and made anew where it cannot be read. It waits for nobody and sends nothing.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ml_connector.clock import Clock
from ml_connector.errors import TransientError
from ml_connector.store.disk.folders import make_private_file

MINUTE = 60.0
# Longer than the longest request (16 minutes): a place whose holder cannot be asked is free again afterwards.
PLACE_SECONDS = 1000.0
# The longest pause a tenant can ask for; a later end was written by another clock.
PAUSE_SECONDS_MAX = 3600.0
_BUSY_SECONDS = 30.0
# SQLITE_CORRUPT and SQLITE_NOTADB (https://sqlite.org/rescode.html).
_DAMAGED = (11, 26)
_TABLES = """
CREATE TABLE IF NOT EXISTS sent (tenant TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS sent_tenant_at ON sent (tenant, at);
CREATE TABLE IF NOT EXISTS place (
    number INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, holder TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pause (tenant TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS usual (tenant TEXT NOT NULL, kind TEXT NOT NULL, seconds REAL NOT NULL,
    PRIMARY KEY (tenant, kind)) WITHOUT ROWID;
"""


class PaceFile:
    """The book of one tenant; fits the edge's port. Threads may share it."""

    def __init__(
        self, path: Path, tenant: str, holder: str, clock: Clock, *, holder_alive: Callable[[str], bool | None]
    ) -> None:
        self._path = path
        self._tenant = tenant
        self._holder = holder
        self._clock = clock
        self._holder_alive = holder_alive
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None

    def note_request(self, per_minute: int) -> float:
        """Count one request now; where it does not fit, count nothing and tell the seconds after which it may."""
        with self._writing() as book:
            now = self._clock.now().timestamp()
            paused = self._paused_until(book, now)
            if paused > now:
                return max(paused - now, 0.001)
            book.execute("DELETE FROM sent WHERE at <= ? OR at > ?", (now - MINUTE, now + MINUTE))
            # The one that has to leave the minute first, where the minute is full.
            oldest = book.execute(
                "SELECT at FROM sent WHERE tenant = ? ORDER BY at DESC LIMIT 1 OFFSET ?",
                (self._tenant, per_minute - 1),
            ).fetchone()
            if oldest is not None:
                wait: float = oldest[0] + MINUTE - now
                return max(wait, 0.001)
            book.execute("INSERT INTO sent VALUES (?, ?)", (self._tenant, now))
            return 0.0

    def take_place(self, places: int) -> int | None:
        """One of the places for requests at one time, None where all are taken; dead processes hold none."""
        with self._writing() as book:
            now = self._clock.now().timestamp()
            rows = book.execute("SELECT number, holder, until FROM place WHERE tenant = ?", (self._tenant,)).fetchall()
            gone = [
                (number,)
                for number, holder, until in rows
                if until <= now or until > now + 2 * PLACE_SECONDS or self._holder_alive(holder) is False
            ]
            book.executemany("DELETE FROM place WHERE number = ?", gone)
            if len(rows) - len(gone) >= places:
                return None
            taken = book.execute(
                "INSERT INTO place (tenant, holder, until) VALUES (?, ?, ?)",
                (self._tenant, self._holder, now + PLACE_SECONDS),
            )
            return taken.lastrowid

    def give_place_back(self, place: int) -> None:
        """Free the place."""
        with self._writing() as book:
            book.execute("DELETE FROM place WHERE number = ?", (place,))

    def pause(self, seconds: float) -> None:
        """Nobody counts a request for so many seconds; a longer pause that is on already stays."""
        with self._writing() as book:
            now = self._clock.now().timestamp()
            until = max(now + min(seconds, PAUSE_SECONDS_MAX), self._paused_until(book, now))
            book.execute("INSERT OR REPLACE INTO pause VALUES (?, ?)", (self._tenant, until))

    def load_usual_seconds(self, kind: str) -> float | None:
        """How long an answer of that kind usually takes; None where there was none yet."""
        with self._writing() as book:
            row = book.execute(
                "SELECT seconds FROM usual WHERE tenant = ? AND kind = ?", (self._tenant, kind)
            ).fetchone()
            return None if row is None else row[0]

    def save_usual_seconds(self, kind: str, seconds: float) -> None:
        """Keep how long an answer of that kind usually takes."""
        with self._writing() as book:
            book.execute("INSERT OR REPLACE INTO usual VALUES (?, ?, ?)", (self._tenant, kind, seconds))

    def close(self) -> None:
        """Free what this holder still has, and close the file."""
        with suppress(TransientError), self._writing() as book:
            book.execute("DELETE FROM place WHERE holder = ?", (self._holder,))
        with self._lock:
            self._forget()

    def _paused_until(self, book: sqlite3.Connection, now: float) -> float:
        row = book.execute("SELECT until FROM pause WHERE tenant = ?", (self._tenant,)).fetchone()
        until: float = 0.0 if row is None else row[0]
        return 0.0 if until > now + PAUSE_SECONDS_MAX else until

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                book = self._begin()
                with book:
                    yield book
            except sqlite3.Error as error:
                self._forget()
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
                    # Half written when the power failed: there is nothing in it that a minute does not bring back.
                    self._path.unlink(missing_ok=True)
                raise TransientError(
                    f"How many requests were sent in the last minute cannot be read ({type(error).__name__})",
                    fix="Run it again; if it stays, remove the file that ends with .pace beside the database.",
                    stage="store",
                    code="store.pace_unknown",
                ) from error

    def _begin(self) -> sqlite3.Connection:
        if self._opened is None:
            make_private_file(self._path)
            self._opened = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            # A journal on disk survives a killed process; only a power failure could leave half a page.
            self._opened.execute("PRAGMA journal_mode = PERSIST")
            self._opened.execute("PRAGMA synchronous = OFF")
            self._opened.executescript(_TABLES)
        self._opened.execute("BEGIN IMMEDIATE")
        return self._opened

    def _forget(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()


def pace_file_beside(database_path: Path) -> Path:
    """Where the book of that database lies."""
    return database_path.with_name(database_path.name + ".pace")
