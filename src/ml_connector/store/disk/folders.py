"""Folders and files of the store on the local disk: made for their owner alone, written so that they survive a power
loss, locked between processes. Nothing here knows what is in them."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml_connector.clock import SystemClock
from ml_connector.store.disk.faults import busy, translate_disk_error

_OWNER_FOLDER, _OWNER_FILE = 0o700, 0o600
_LOCK_POLL_SECONDS = 0.05


def make_private_folder(folder: Path) -> None:
    """The folder and those above it, each new one readable by its owner alone and on disk before this returns."""
    if folder.is_dir():
        return
    make_private_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=_OWNER_FOLDER)
    sync_folder(folder.parent)


def make_private_file(path: Path) -> None:
    """The file, empty where it is new, readable by its owner alone; raises the store's errors."""
    try:
        make_private_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_FILE)
        try:
            if os.fstat(descriptor).st_mode & 0o077:
                os.fchmod(descriptor, _OWNER_FILE)
        finally:
            os.close(descriptor)
        sync_folder(path.parent)
    except OSError as error:
        raise translate_disk_error(error, f"The data folder {path.parent}") from error


def sync_folder(folder: Path) -> None:
    """What was made or renamed in the folder is on disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def open_lock(path: Path, timeout_seconds: float) -> Iterator[None]:
    """Hold the lock file while inside; TransientError ``store.busy`` where another process keeps it too long. The
    operating system lets go of it when a process dies."""
    make_private_file(path)
    clock = SystemClock()
    deadline = clock.monotonic() + timeout_seconds
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        raise translate_disk_error(error, f"The lock file {path}") from error
    try:
        while not _locked(descriptor):
            if clock.monotonic() >= deadline:
                raise busy("Database busy: another process is opening or updating it")
            clock.sleep(_LOCK_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
