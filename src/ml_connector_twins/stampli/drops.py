"""How a sender puts a file into `/outbound`: under a temporary name, in place, slowly, cut short, or as zeros.

Works on the server's own disk, as Stampli would; must not know what is in a file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path


def drop_renamed(folder: Path, name: str, content: bytes) -> Path:
    """The careful sender: writes ``.{name}.part``, then renames it into place."""
    part = folder / f".{name}.part"
    part.write_bytes(content)
    target = folder / name
    part.replace(target)
    return target


def drop_in_place(folder: Path, name: str, content: bytes) -> Path:
    """The plain sender: writes straight under the final name; an existing file is written over."""
    target = folder / name
    target.write_bytes(content)
    return target


def drop_under_temporary_name(folder: Path, name: str, content: bytes, *, suffix: str = ".tmp") -> Path:
    """A sender not yet done: the whole content under ``name + suffix``; `finish_drop` renames it."""
    part = folder / f"{name}{suffix}"
    part.write_bytes(content)
    return part


def finish_drop(part: Path, *, suffix: str = ".tmp") -> Path:
    """Take the temporary ending off a file of `drop_under_temporary_name`."""
    target = part.with_name(part.name.removesuffix(suffix))
    part.replace(target)
    return target


def growing_file(folder: Path, name: str, content: bytes, *, pieces: int) -> Iterator[Path]:
    """The slow sender: each step makes one more of ``pieces`` durable under the final name."""
    target = folder / name
    size = max(1, -(-len(content) // max(1, pieces)))
    with target.open("wb", buffering=0) as handle:
        for start in range(0, len(content), size):
            handle.write(content[start : start + size])
            os.fsync(handle.fileno())
            yield target


def drop_slowly(folder: Path, name: str, content: bytes, *, pieces: int, pause_seconds: float) -> Path:
    """`growing_file` in real time, with a pause after each piece but the last."""
    for number, _ in enumerate(growing_file(folder, name, content, pieces=pieces), start=1):
        if number < pieces:
            time.sleep(pause_seconds)
    return folder / name


def drop_cut(folder: Path, name: str, content: bytes, *, size_bytes: int) -> Path:
    """An upload that died: only the first ``size_bytes`` under the final name."""
    return drop_in_place(folder, name, content[:size_bytes])


def drop_preallocated(folder: Path, name: str, content: bytes, *, written_bytes: int) -> Path:
    """A file reserved at full size and filled only so far: the rest are zero bytes (`fault_catalogue.md` 119)."""
    return drop_in_place(folder, name, content[:written_bytes].ljust(len(content), b"\0"))
