"""Child processes that never outlive the rehearsal: own sessions, ended in order, killed by the system if we die.

On Linux the kernel kills a child when its parent is gone; elsewhere the twins end with their standard input. Knows
nothing of what the children do.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_GRACE_SECONDS = 5.0
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ChildFailed(Exception):
    """A child did not start or ended out of turn; the message says which and where its words are."""


def end_with_parent(number: int = signal.SIGKILL) -> None:
    """Ask Linux to send this process that signal when its parent dies; does nothing elsewhere."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


class Children:
    """All running children of one rehearsal; leave its block and none is left."""

    def __init__(self, environment: Mapping[str, str], log: Path, *, grace_seconds: float = _GRACE_SECONDS) -> None:
        self._environment = dict(environment)
        self._log = log
        self._grace_seconds = grace_seconds
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()

    def start_server(self, module_arguments: Sequence[str], *, name: str) -> dict[str, Any]:
        """Start ``python -m …`` and wait for its one JSON line; it ends when we close its standard input."""
        child = self._start(module_arguments, stdin=subprocess.PIPE)
        line = child.stdout.readline() if child.stdout is not None else b""
        try:
            started: dict[str, Any] = json.loads(line)
        except json.JSONDecodeError as error:
            raise ChildFailed(f"{name} did not start; its words are in {self._log}") from error
        return started

    def run(self, module_arguments: Sequence[str], *, stdin: bytes, timeout_seconds: float) -> tuple[int, bytes]:
        """Run ``python -m …`` to its end: exit code and standard output; its standard error goes to the log."""
        child = self._start(module_arguments, stdin=subprocess.PIPE)
        try:
            output, _ = child.communicate(stdin, timeout=timeout_seconds)
        except subprocess.TimeoutExpired as error:
            self._stop(child)
            words = " ".join(module_arguments)
            raise ChildFailed(f"`{words}` did not end within {timeout_seconds:.0f} s") from error
        self._running.remove(child)
        return child.returncode, output

    def stop_all(self) -> None:
        """End every child, the youngest first: closed input and SIGTERM, then SIGKILL for its whole group."""
        for child in reversed(list(self._running)):
            self._stop(child)

    def _start(self, module_arguments: Sequence[str], *, stdin: int) -> subprocess.Popen[bytes]:
        parent = os.getpid()
        with self._log.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", *module_arguments],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,
                # Safe here: the driver has one thread, and the hook only makes two system calls.
                preexec_fn=_leash(parent) if _LIBC is not None else None,  # noqa: PLW1509
            )
        self._running.append(child)
        return child

    def _stop(self, child: subprocess.Popen[bytes]) -> None:
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        if child.poll() is None:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(self._grace_seconds)
        # The group as a whole, also after its leader ended: what it started must not stay.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        if child in self._running:
            self._running.remove(child)


def _leash(parent: int) -> Callable[[], None]:
    def fasten() -> None:
        end_with_parent()
        if os.getppid() != parent:  # it died between fork and here: nobody would ever tell us
            os._exit(1)

    return fasten
