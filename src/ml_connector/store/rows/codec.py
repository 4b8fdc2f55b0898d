"""Values as JSON texts in a column, and back. Exact: a decimal is a string, an instant has its zone.

The texts are ours alone; what people and scripts read is rendered elsewhere.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ml_connector.errors import IntegrityError

T = TypeVar("T")


def render_json(value: object) -> str:
    """The value as one line of JSON, the same text for the same value."""
    return msgspec.json.encode(value, order="deterministic").decode("utf-8")


def parse_json(text: str, kind: type[T]) -> T:
    """The value back; IntegrityError ``store.damaged`` where the text is not one of that kind."""
    try:
        return msgspec.json.decode(text.encode("utf-8"), type=kind)
    except msgspec.MsgspecError as error:
        raise IntegrityError(
            f"Database damaged: a stored {kind} cannot be read ({error})",
            fix="Restore the database from the last backup.",
            stage="store",
            code="store.damaged",
        ) from error
