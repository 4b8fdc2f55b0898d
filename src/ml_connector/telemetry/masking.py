"""Secrets out of whatever is written down: by value where the value is known, by name and by shape where it is not.

Pure but for the list of known values. It is a second barrier: the first is that no room puts a secret into a message.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Mapping
from urllib.parse import quote, quote_plus

MASK = "***"
# A shorter value would blot out half of every line; it is still masked by its name.
_VALUE_LENGTH_MIN = 4
_LINE_LENGTH_MIN = 16
_DEPTH_MAX = 8
_SECRET_NAMES = re.compile(
    r"pass(word|phrase|wd)?|pwd|secret|token|authorization|cookies?|private_?key|master_?key|credentials?|api_?key",
    re.IGNORECASE,
)
_HARMLESS_NAMES = frozenset({"secret_key", "pass", "passed", "tokens_left"})
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"), MASK),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE), rf"\1 {MASK}"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"(?i)\b(password|client_secret|refresh_token|access_token|passphrase)=[^&\s]+"), rf"\1={MASK}"),
)


class Masker:
    """Knows the secrets of this process and takes them out of text and values; safe to use from several threads."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._longest_first: tuple[str, ...] | None = ()
        self._lock = threading.Lock()

    def register(self, secret: str) -> None:
        """Mask this value from now on, also as it looks in an address, in base64 and in JSON."""
        found = {form for form in _forms_of(secret) if len(form) >= _VALUE_LENGTH_MIN}
        with self._lock:
            if found <= self._values:
                return
            self._values |= found
            self._longest_first = None

    def mask_text(self, text: str) -> str:
        """The text without registered values and without what looks like a secret."""
        masked = text
        for value in self._in_order():
            # Looking is much quicker than one pattern of all: a process of hundreds of connections has thousands.
            if value in masked:
                masked = masked.replace(value, MASK)
        for shape, replacement in _SHAPES:
            masked = shape.sub(replacement, masked)
        return masked

    def _in_order(self) -> tuple[str, ...]:
        """The longest first, so that no rest of a longer one stays."""
        found = self._longest_first
        if found is None:
            with self._lock:
                found = self._longest_first = tuple(sorted(self._values, key=len, reverse=True))
        return found

    def mask_value(self, value: object, *, name: str = "", depth: int = 0) -> object:
        """The value as it may be written down: text masked, mappings and lists walked, anything else as text."""
        if value is None or isinstance(value, bool | int):
            return value
        if _names_a_secret(name) or depth > _DEPTH_MAX:
            return MASK
        if isinstance(value, bytes | bytearray):
            return f"<{len(value)} bytes>"
        if isinstance(value, Mapping):
            return {
                self.mask_text(str(key)): self.mask_value(each, name=str(key), depth=depth + 1)
                for key, each in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.mask_value(each, depth=depth + 1) for each in value]
        return self.mask_text(str(value))


def _names_a_secret(name: str) -> bool:
    return bool(_SECRET_NAMES.search(name)) and name not in _HARMLESS_NAMES


def _forms_of(secret: str) -> set[str]:
    lines = {line.strip() for line in secret.splitlines() if len(line.strip()) >= _LINE_LENGTH_MIN}
    return {
        secret,
        secret.strip(),
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(secret.encode()).decode(),
        json.dumps(secret)[1:-1],
        *lines,
    }
