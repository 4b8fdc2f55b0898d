"""What a PostgreSQL server says when it fails, in our own words (its SQLSTATE codes: PostgreSQL, appendix A).

Nothing of a row stands in these errors, and never the password.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from ml_connector.errors import ConfigurationError, ConnectorError, TransientError, UncertainError
from ml_connector.store.disk.faults import busy, damaged, disk_error, disk_full, read_only

_STAGE = "store"
_NOTHING_LOST = "Nothing is lost; it goes on by itself once the server answers."
_SECRET_WORDS = ("password", "sslpassword")
# Told at signing in, where there is no code: the beginnings of what libpq and the server say.
_REFUSALS = (
    "password authentication failed",
    "authentication failed",
    "no pg_hba.conf entry",
    "no password supplied",
    "does not exist",
    "is not permitted to log in",
    "permission denied for database",
    "certificate",
)


@dataclass(frozen=True, slots=True)
class ServerName:
    """A server and its database as they may be shown, and the secrets of the URL, which may not."""

    shown: str
    secrets: tuple[str, ...]

    @classmethod
    def of(cls, url: URL) -> Self:
        """The name of what that URL reaches."""
        port = f":{url.port}" if url.port else ""
        words = [url.password, *(url.query.get(word) for word in _SECRET_WORDS)]
        return cls(f"{url.host or 'localhost'}{port}/{url.database or ''}", tuple(str(word) for word in words if word))

    def masked(self, said: str) -> str:
        """One line of what was said, without the secrets."""
        line = " ".join(said.split())
        for secret in self.secrets:
            line = line.replace(secret, "***")
        return line


def hide_values(error: DBAPIError) -> None:
    """Leave of the error's words those that name no value: the server tells the whole row beside a broken rule."""
    told = getattr(error.orig, "diag", None)
    if error.orig is not None and told is not None and told.sqlstate:
        broken_rule = told.sqlstate.startswith("23")
        error.orig.args = (told.message_primary if broken_rule else f"SQLSTATE {told.sqlstate}",)
        error.args = (f"({type(error.orig).__name__}) {error.orig.args[0]}",)


def not_reachable(name: ServerName, why: str) -> TransientError:
    """The server does not answer (``store.not_reachable``); nothing of the transaction was kept."""
    return TransientError(
        f"Database not reachable: {name.shown} ({why})",
        fix=f"See to it that the PostgreSQL server runs and that this machine may reach it. {_NOTHING_LOST}",
        stage=_STAGE,
        code="store.not_reachable",
    )


def connection_lost(name: ServerName) -> TransientError:
    """The connection broke in the middle of a transaction, which is gone as a whole (``store.not_reachable``)."""
    return not_reachable(name, "the connection was lost; the step is repeated as a whole")


def commit_unknown(name: ServerName) -> UncertainError:
    """Whether the last transaction was kept could not be learned (``store.commit_unknown``)."""
    return UncertainError(
        f"Database not reachable: {name.shown} did not say whether the last change was kept",
        fix="Nothing to do but to bring the server back: the next run reads what is on record and goes on from there.",
        stage=_STAGE,
        code="store.commit_unknown",
    )


def too_old(version: str) -> ConfigurationError:
    """The server lacks what our transactions rest on (``store.server_too_old``)."""
    return ConfigurationError(
        f"PostgreSQL {version} is too old for ml-connector",
        fix="Use PostgreSQL 13 or newer.",
        stage=_STAGE,
        code="store.server_too_old",
    )


def translate_server_error(error: BaseException | None, name: ServerName, *, lost: bool) -> ConnectorError:
    """What the driver raised, as one of ours; ``lost`` where the connection broke with it."""
    state = getattr(error, "sqlstate", None) or ""
    said = name.masked(str(error))
    if not state or state[:2] in ("28", "3D"):
        return _without_code(said, name, lost=lost or not state)
    known = _translate_state(state, name)
    if known is not None:
        return known
    if lost or state[:2] == "08" or state in ("57P01", "57P02", "57P03", "57P05", "25P03"):
        return connection_lost(name)
    return UncertainError(f"The database failed (PostgreSQL {state})", stage=_STAGE, code="store.unknown")


def _without_code(said: str, name: ServerName, *, lost: bool) -> ConnectorError:
    if any(word in said for word in _REFUSALS):
        return ConfigurationError(
            f"The database refused the sign-in: {said}",
            fix="Check user, password and database in [store] url; the database must exist already.",
            stage=_STAGE,
            code="store.sign_in_refused",
            at="settings",
        )
    if lost:
        return not_reachable(name, said)
    return UncertainError("The database failed (no code of PostgreSQL)", stage=_STAGE, code="store.unknown")


def _translate_state(state: str, name: ServerName) -> ConnectorError | None:
    if state == "53100":
        return disk_full()
    if state in ("55P03", "57014"):
        return busy()
    if state == "53300":
        return busy("Database busy: the PostgreSQL server takes no more connections")
    if state in ("40001", "40P01"):
        return TransientError(
            "Two programs changed the same rows at once",
            fix="Nothing to do: the step is repeated as a whole.",
            stage=_STAGE,
            code="store.conflict",
        )
    if state == "25006":
        return read_only(f"The database {name.shown}")
    if state == "42501":
        return ConfigurationError(
            "The database user may not use ml-connector's tables",
            fix="Let the user in [store] url own the database, or its schema public.",
            stage=_STAGE,
            code="store.not_permitted",
        )
    if state == "58030":
        return disk_error()
    if state in ("XX001", "XX002"):
        return damaged("PostgreSQL found a damaged page or index")
    return None
