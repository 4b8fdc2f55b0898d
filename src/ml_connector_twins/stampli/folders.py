"""The three folders of Stampli's side: `/inbound` we write, `/outbound` and `/outbound/done` we read and tidy.

Makes them and names them; must not read or write any file in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the server's folders lie on this machine; ``root`` is what the client sees as ``/``."""

    root: Path
    inbound: Path
    outbound: Path
    done: Path


def prepare_folders(root: Path) -> Folders:
    """Make the folders of `operator_contract.md` 2 under ``root`` where they are missing."""
    root.mkdir(parents=True, exist_ok=True)
    top = root.resolve()
    folders = Folders(root=top, inbound=top / "inbound", outbound=top / "outbound", done=top / "outbound" / "done")
    for folder in (folders.inbound, folders.outbound, folders.done):
        folder.mkdir(exist_ok=True)
    return folders
