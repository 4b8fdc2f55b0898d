"""What the database and the disk say when they fail, in our own words: translated here once, for the whole store.

Nothing of a row stands in these errors: the statement's values are hidden, only the kind of fault is told.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import IntegrityError as ConstraintError

from ml_connector.errors import ConfigurationError, ConnectorError, IntegrityError, TransientError, UncertainError

_STAGE = "store"
_SAFE_TO_RUN_AGAIN = "Nothing is lost; run again afterwards."
# SQLite's primary result codes (the low byte of an extended code), https://sqlite.org/rescode.html.
_PERM, _BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 3, 5, 6, 8, 10, 11, 13, 14, 26
_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PERHAPS_FULL = frozenset({"store.disk_error", "store.cannot_open"})
# Less than the smallest step by which the files beside the database grow.
_ROOM_BYTES_MIN = 64 * 1024
_DENIED_ERRNOS = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def disk_full() -> TransientError:
    """There is no room left where our records or the originals are kept (``store.disk_full``)."""
    return TransientError(
        "Disk full: posting is off",
        fix=f"Make room on the disk that holds the database and the archive. {_SAFE_TO_RUN_AGAIN}",
        stage=_STAGE,
        code="store.disk_full",
    )


@contextmanager
def full_disk_told(folder: Path) -> Iterator[None]:
    """Within it a disk fault of the store whose disk has no room left is told as that: SQLite names a full disk by its
    code only where it writes the database itself, not where it grows or opens the files beside it."""
    try:
        yield
    except ConnectorError as error:
        if error.code in _PERHAPS_FULL and _has_no_room(folder):
            raise disk_full() from error
        raise


def _has_no_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _ROOM_BYTES_MIN
    except OSError:
        return False


def busy(what: str = "Database busy") -> TransientError:
    """Another process has the write lock for longer than we wait (``store.busy``)."""
    return TransientError(
        what,
        fix=f"Wait until the other run of ml-connector has ended, or end it. {_SAFE_TO_RUN_AGAIN}",
        stage=_STAGE,
        code="store.busy",
    )


def disk_error() -> TransientError:
    """The disk refused a read or a write (``store.disk_error``): what was half written is not relied upon."""
    return TransientError(
        "Disk error: posting is off",
        fix="Check the disk that holds the database and the archive, then start ml-connector again; it goes on from"
        " what is on the disk.",
        stage=_STAGE,
        code="store.disk_error",
    )


def read_only(where: str = "Data folder") -> ConfigurationError:
    """Our records cannot be written at all (``store.read_only``)."""
    return ConfigurationError(
        f"{where} is read-only",
        fix="Let the user that runs ml-connector write to the folder of the database and of the archive"
        f" ([store] url and archive). {_SAFE_TO_RUN_AGAIN}",
        stage=_STAGE,
        code="store.read_only",
    )


def cannot_open(where: str, why: str) -> ConfigurationError:
    """The database file or a folder of ours cannot be opened (``store.cannot_open``)."""
    return ConfigurationError(
        f"{where} cannot be opened: {why}",
        fix="Check the path in [store] and who may use it.",
        stage=_STAGE,
        code="store.cannot_open",
    )


def bad_url(rule: str) -> ConfigurationError:
    """The address of the store cannot be used (``store.bad_url``); it is not shown, it may hold a password."""
    return ConfigurationError(
        f"[store] url {rule}",
        fix='Set [store] url (or ML_CONNECTOR_STORE_URL) to "sqlite:///PATH" or "postgresql://USER@HOST/DATABASE".',
        stage=_STAGE,
        code="store.bad_url",
        at="settings",
    )


def unsafe_setting(name: str, found: object, fix: str) -> ConfigurationError:
    """A setting of the database under which a committed row may be lost (``store.unsafe_setting``)."""
    return ConfigurationError(
        f"Unsafe database setting; posting is off ({name} is {found})",
        fix=fix,
        stage=_STAGE,
        code="store.unsafe_setting",
    )


def damaged(what: str) -> IntegrityError:
    """The database is not what was written into it (``store.damaged``)."""
    return IntegrityError(
        f"Database damaged; restore it from the last backup ({what})",
        fix="Keep the damaged files, then restore the database and the archive from the last backup.",
        stage=_STAGE,
        code="store.damaged",
    )


def row_taken_over(what: str) -> TransientError:
    """A row is no longer as the caller saw it (``store.row_taken_over``): read it again before anything else."""
    return TransientError(
        f"{what} was changed by another run in the meantime",
        fix="Nothing to do: the next run goes on from what is on record now.",
        stage=_STAGE,
        code="store.row_taken_over",
    )


def translate_database_error(error: DBAPIError) -> Exception:
    """What SQLAlchemy raised, as one of ours; a broken constraint stays what it is, a fault of the program."""
    return error if isinstance(error, ConstraintError) else translate_driver_error(error.orig)


def translate_driver_error(error: BaseException | None) -> ConnectorError:
    """What SQLite's driver raised, as one of ours; UncertainError ``store.unknown`` for what is not foreseen."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return UncertainError(f"The database failed ({type(error).__name__})", stage=_STAGE, code="store.unknown")
    return _translate_result_code(int(code) & 0xFF)


def _translate_result_code(code: int) -> ConnectorError:
    if code == _FULL:
        return disk_full()
    if code in (_BUSY, _LOCKED):
        return busy()
    if code in (_READONLY, _PERM):
        return read_only()
    if code == _IOERR:
        return disk_error()
    if code in (_CORRUPT, _NOTADB):
        return damaged("the database file cannot be read")
    if code == _CANTOPEN:
        return cannot_open("The database", "the file or its folder is not there, or may not be used")
    return UncertainError(f"The database failed (SQLite result {code})", stage=_STAGE, code="store.unknown")


def translate_disk_error(error: OSError, where: str) -> ConnectorError:
    """An error of the operating system while a file of ours was read or written."""
    if error.errno in _FULL_ERRNOS:
        return disk_full()
    if error.errno in _DENIED_ERRNOS:
        return read_only(where)
    if error.errno == errno.EIO:
        return disk_error()
    return cannot_open(where, error.strerror or type(error).__name__)
