"""Which keys came before, in eight bytes each; a key that only looks like another is taken for it.

Whoever asks must treat a repeat as a refusal, never as a repeat of the same.
"""

from __future__ import annotations

from array import array

# A file that is given away piece by piece is long; room for its keys is taken at once, so that memory stays flat.
STREAMED, KEPT_WHOLE = 1 << 20, 1 << 10
_GROWTH = 4


class SeenKeys:
    """The hashes of keys, whatever they are."""

    def __init__(self, slots: int = STREAMED) -> None:
        self._slots = array("Q", bytes(8 * slots))
        self._count = 0

    def add(self, key: object) -> bool:
        """Whether the key is new; it is kept."""
        if self._count * 2 >= len(self._slots):
            self._grow()
        value = hash(key) & 0xFFFF_FFFF_FFFF_FFFF or 1
        at = self._place(value)
        if self._slots[at]:
            return False
        self._slots[at] = value
        self._count += 1
        return True

    def _place(self, value: int) -> int:
        slots = self._slots
        mask = len(slots) - 1
        at = value & mask
        while slots[at] and slots[at] != value:
            at = (at + 1) & mask
        return at

    def _grow(self) -> None:
        old = self._slots
        self._slots = array("Q", bytes(8 * len(old) * _GROWTH))
        for value in old:
            if value:
                self._slots[self._place(value)] = value
