"""What holds for every test, in whatever way the suite was started."""

from __future__ import annotations

import os
import signal

from tests.postgres import stop_shared_postgres


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands under test: a shell starts background jobs with it ignored, and children inherit
    that (POSIX, Shell Command Language 2.11)."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Two workers a processor: most of the long tests wait for a child, a server or a clock half of their time."""
    return 2 * (os.cpu_count() or 1)


def pytest_unconfigure() -> None:
    """The PostgreSQL server that the tests shared ends with them."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        stop_shared_postgres()
