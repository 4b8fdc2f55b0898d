"""How lists of bills can be read at this site, found once and remembered for a while: do they show lines, and are long
filters taken (``posting_protocol.md`` E2)?

It asks nothing of the instance. What is forgotten is found again; what a list may prove is decided elsewhere.
"""

from __future__ import annotations

from datetime import timedelta

from ml_connector.acumatica.master_data.dac.book import WayBook

_LINES = "Lines in lists of bills"
_LONG = "Long filters"
# An upgrade or another proxy may change either.
_KEPT = timedelta(days=7)


class ListWays:
    """What one connection knows of its lists of bills."""

    def __init__(self, book: WayBook) -> None:
        self._book = book

    def shows_lines(self) -> bool | None:
        """Do lists show the lines of bills? None while nobody knows."""
        return self._known(_LINES)

    def keep_shows_lines(self, shows: bool) -> None:
        """Remember it."""
        self._book.keep_rows(_LINES, [{"yes": shows}])

    def takes_long_filters(self) -> bool:
        """May a filter be longer than any server takes? Yes, until one was refused."""
        return self._known(_LONG) is not False

    def keep_long_filters_refused(self) -> None:
        """Remember it."""
        self._book.keep_rows(_LONG, [{"yes": False}])

    def _known(self, name: str) -> bool | None:
        rows = self._book.rows(name, _KEPT)
        return None if not rows else bool(rows[0].get("yes"))
