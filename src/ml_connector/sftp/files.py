"""What is known of files on the server, as values, and the grammar of the names a server may show us.

Names come as bytes from a machine we do not trust. They are looked at here once; nothing in this room ever builds a
local path from one. This module opens nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["file", "link", "folder", "other"]

NAME_BYTES_MAX = 255
UNSAFE = "Unsafe file name; not read"

_DEVICE_NAMES = re.compile(r"(?i)(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?")
_DRIVE_LETTER = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One entry of a remote folder as the server describes it, links not followed.

    ``name`` is for people where ``unsafe`` says why the entry must not be opened, exact otherwise; ``raw_name`` holds
    the server's bytes (cut after 256). ``modified_at`` is the server's word, None where it gave none worth keeping.
    """

    name: str
    raw_name: bytes
    folder: str
    size_bytes: int
    modified_at: datetime | None
    kind: Kind
    unsafe: str = ""

    @property
    def path(self) -> str:
        """The remote path to open; raises ValueError for an unsafe name."""
        if self.unsafe:
            raise ValueError(f"{UNSAFE}: {self.name}")
        return join_path(self.folder, self.name)


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file read whole and unchanged: ``content`` is exactly ``size_bytes`` long, ``sha256`` its hash in hex."""

    path: str
    content: bytes
    size_bytes: int
    sha256: str
    modified_at: datetime | None


@dataclass(frozen=True, slots=True)
class VanishedOrGrowing:
    """A file that could not be taken now, for a reason that may pass by itself: look again at the next poll."""

    path: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that must not or cannot be taken until a person changes something."""

    path: str
    code: str
    message: str


Fetched = FetchedFile | VanishedOrGrowing | RefusedFile


@dataclass(frozen=True, slots=True)
class PutReceipt:
    """Proof that our bytes lie under ``path``.

    ``outcome``: ``landed`` now, or ``already_there`` with the same bytes. ``proof``: the ``bytes`` were read back and
    equal, only the ``size`` could be (no right to read), or the server confirmed the ``rename`` and the file was taken
    away before it could be looked at.
    """

    path: str
    size_bytes: int
    sha256: str
    outcome: Literal["landed", "already_there"]
    proof: Literal["bytes", "size", "rename"]


@dataclass(frozen=True, slots=True)
class SettledFile:
    """A listed file and whether it may be taken: ``settled``, still ``growing`` or ``vanished``, or ``refused``."""

    file: RemoteFile
    state: Literal["settled", "growing", "vanished", "refused"]
    code: str = ""
    reason: str = ""

    @property
    def settled(self) -> bool:
        """True where size and time stood still and the file may be fetched."""
        return self.state == "settled"


def join_path(folder: str, name: str) -> str:
    """The remote path of a name within a folder; remote paths always use ``/``."""
    return name if folder in {"", "."} else f"{folder.rstrip('/')}/{name}"


def split_path(path: str) -> tuple[str, str]:
    """A remote path as folder and name; ``.`` is the folder of a bare name, where the session starts."""
    folder, slash, name = path.rpartition("/")
    return folder or slash or ".", name


def show_text(text: str, *, characters_max: int = NAME_BYTES_MAX) -> str:
    """Foreign text made safe to print: control, format and separator characters escaped, cut with an ellipsis."""
    cut = text[:characters_max]
    shown = "".join(_escape(character) for character in cut)
    return shown if len(text) == len(cut) else f"{shown}…"


def _escape(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


def parse_name(raw: bytes) -> tuple[str, str]:
    """A server's name as text and why it is unsafe: ``("invoices_1.csv", "")`` or ``(escaped, reason)``."""
    try:
        name = raw[: NAME_BYTES_MAX + 1].decode("utf-8")
    except UnicodeDecodeError:
        name = raw[:NAME_BYTES_MAX].decode("utf-8", "backslashreplace")
        if len(raw) <= NAME_BYTES_MAX:
            return show_text(name), f"not readable as UTF-8 (hex {raw.hex()})"
    if len(raw) > NAME_BYTES_MAX:
        return show_text(name), f"longer than {NAME_BYTES_MAX} bytes"
    reason = judge_name(name)
    return (show_text(name) if reason else name), reason


def judge_name(name: str) -> str:
    """Why a name must not be used within a folder, or an empty string; ours and the server's alike."""
    if name in {"", ".", ".."}:
        return "not a name"
    if "/" in name or "\\" in name:
        return "a path instead of a name"
    if any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in name):
        return "control characters"
    if _DRIVE_LETTER.match(name):
        return "a drive letter"
    if _DEVICE_NAMES.fullmatch(name):
        return "a device name"
    if len(name.encode("utf-8", "surrogatepass")) > NAME_BYTES_MAX:
        return f"longer than {NAME_BYTES_MAX} bytes"
    return ""
