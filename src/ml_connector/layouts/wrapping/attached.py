"""What bytes that come with a file are: their name without folder, kind by their first bytes, size and hash."""

from __future__ import annotations

from hashlib import sha256

_KINDS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
)


def describe_attachment(name: str, content: bytes) -> dict[str, object]:
    """The members of an attachment whose bytes are there."""
    kind = next((each for mark, each in _KINDS if content.startswith(mark)), "application/octet-stream")
    return {
        "name": name.replace("\\", "/").rpartition("/")[2],
        "media_type": kind,
        "size": len(content),
        "sha256": sha256(content).hexdigest(),
    }
