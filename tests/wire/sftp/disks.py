"""A disk of a few mebibytes, mounted for one test where the operating system lets us."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, *, size_mebibytes: int = 2) -> Iterator[None]:
    """Mount so much memory on an empty folder; skips the test where mounting is not allowed."""
    options = f"size={size_mebibytes}m,mode=0777"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(command, check=False).returncode != 0:
        pytest.skip("mounting a small disk needs root and a kernel that lets it")
    try:
        yield
    finally:
        # A session on its way out may still look into the folder: let the mount go when it does.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
