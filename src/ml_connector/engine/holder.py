"""Who holds a lease: a name for this process that no other process ever has, and whether such a process still lives.

Linux tells a process's start time, so a reused process number is not taken for the old process. The machine's name is
its host name, or what ``ML_CONNECTOR_MACHINE`` says where two machines would have the same one.
"""

from __future__ import annotations

import os
import socket
import uuid
from pathlib import Path

MACHINE_VARIABLE = "ML_CONNECTOR_MACHINE"
_PARTS = 5


def process_holder() -> str:
    """``machine/boot/pid/start/random`` of this process."""
    pid = os.getpid()
    return "/".join((_machine(), _boot(), str(pid), _started(pid) or "?", uuid.uuid4().hex[:8]))


def process_of(holder: str) -> str:
    """What all names of one process begin with."""
    return holder.rpartition("/")[0]


def machine_of(holder: str) -> str:
    """The machine of the process of that name."""
    return holder.partition("/")[0]


def holder_alive(holder: str) -> bool | None:
    """Whether the process of that name still runs; None where it belongs to another machine and cannot be known."""
    parts = holder.split("/")
    if len(parts) != _PARTS or parts[0] != _machine():
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


def _machine() -> str:
    return (os.environ.get(MACHINE_VARIABLE) or socket.gethostname()).replace("/", "-")


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
