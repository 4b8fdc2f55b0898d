"""Canonical bytes of plain values, for hashing: equal values give equal bytes, whatever scale a number was written in.

Pure; what belongs into a hash is the caller's decision.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal


def render_decimal(value: Decimal) -> str:
    """The number without exponent and without zeros that carry no value: ``1.50`` and ``1.5`` are one text."""
    if value.is_zero():
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def render_plain(value: object) -> object:
    """A value as JSON can hold it: decimals and days as texts, data classes and mappings as objects. TypeError for
    anything else."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return render_decimal(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): render_plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [render_plain(member) for member in value]
    if is_dataclass(value):
        return {field.name: render_plain(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no canonical form")


def render_canonical(value: object) -> str:
    """Canonical JSON: members sorted, no blanks, ASCII only."""
    return json.dumps(render_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def hash_of(value: object) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(render_canonical(value).encode("ascii")).hexdigest()
