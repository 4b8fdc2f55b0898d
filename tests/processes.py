"""Child processes of a test that never outlive it: a test that fails early would wait for them for ever."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def running_process(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """The command as a process with text for its streams, killed at the end of the block if it still runs; ``options``
    are those of ``subprocess.Popen``."""
    with subprocess.Popen(command, text=True, encoding="utf-8", **options) as process:
        try:
            yield process
        finally:
            process.kill()
