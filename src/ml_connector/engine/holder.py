"""Who holds a lease: a name for this process that no other process ever has, and whether such a process still lives.

Linux tells a process's start time, so a reused process number is not taken for the old process.
"""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path


def process_holder() -> str:
    """``host/boot/pid/start/random`` of this process."""
    pid = os.getpid()
    return "/".join((socket.gethostname(), _boot(), str(pid), _started(pid) or "?", uuid.uuid4().hex[:8]))


def holder_alive(holder: str) -> bool | None:
    """Whether the process of that name still runs; None where it belongs to another machine and cannot be known."""
    parts = holder.split("/")
    if len(parts) != 5 or parts[0] != socket.gethostname():
        return None
    if parts[1] != _boot():
        return False
    pid = int(parts[2])
    started = _started(pid)
    if started is None:
        return _answers(pid)
    return parts[3] == started


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not Path("/proc/self").exists()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "?"


def _started(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    if fields[0] == "Z":
        return None
    return fields[19]
