"""Ids of ours: a letter for the kind (f file, i invoice, p payment, r run) and eight base-32 characters.

Drawn at random, so an id tells nothing of how many there are. Only characters that every base-32 alphabet has are
used, in lower case, and none that is read as another (0 and O, 1 and I and L).
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select

from ml_connector.store.rows.tables import file, invoice, payment, run

ALPHABET = "abcdefghjkmnpqrstvwxyz234567"
_LENGTH = 8
_ID_OF = {"f": file.c.id, "i": invoice.c.id, "p": payment.c.id, "r": run.c.id}


def draw_id(connection: Connection, letter: str) -> str:
    """An id of that letter that no row has yet; ValueError for a letter that stands for nothing."""
    return draw_ids(connection, letter, 1)[0]


def draw_ids(connection: Connection, letter: str, count: int) -> list[str]:
    """As ``draw_id``, that many at once."""
    if letter not in _ID_OF:
        raise ValueError(f"no kind of row has ids that begin with {letter!r}")
    column = _ID_OF[letter]
    drawn: set[str] = set()
    while len(drawn) < count:
        fresh = {_draw(letter) for _ in range(count - len(drawn))}
        drawn |= fresh - set(connection.execute(select(column).where(column.in_(fresh))).scalars())
    return list(drawn)


def _draw(letter: str) -> str:
    return letter + "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
