"""Rows of a data class, all of them: found where the instance serves it, or a Gap with its reason.

A way that stops working is looked for anew, once. Pages are followed on our own instance alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from ml_connector.acumatica import values
from ml_connector.acumatica.filters import encode_query
from ml_connector.acumatica.master_data.dac.book import Way, WayBook
from ml_connector.acumatica.master_data.dac.classes import Dac, key_of, parse_next_link, parse_rows
from ml_connector.acumatica.master_data.dac.detection import detect_way, forms_of
from ml_connector.acumatica.values import Row
from ml_connector.acumatica.wire.client import ApiClient
from ml_connector.acumatica.wire.origin import split_url
from ml_connector.acumatica.wire.refusals import ForbiddenError, ReadFault
from ml_connector.domain.values.master_data import Gap
from ml_connector.errors import TransientError

_PAGES_MAX = 10_000


class DacReader:
    """Reads of one signed-in client; ``headers`` are those OData asks for beside the session's."""

    def __init__(
        self, client: ApiClient, book: WayBook, *, url: str, tenant: str, headers: Callable[[], Mapping[str, str]]
    ) -> None:
        self._client = client
        self._book = book
        self._origin, self._root = split_url(url)
        self._tenant = tenant
        self._headers = headers

    def fetch(self, dac: Dac, where: str | None = None) -> list[Row] | Gap:
        """All rows that match, each once.

        Raises TransientError where a class that was served cannot be read now.
        """
        way = self._book.way(dac)
        if way is None:
            way = self._detect_first(dac)
        elif way.path:
            try:
                return self._read(dac, way, where)
            except (ReadFault, ForbiddenError):
                way = self._detect(dac)
        if way.refusal:
            return Gap(f"{dac.shown} cannot be read: {way.refusal}")
        try:
            return self._read(dac, way, where)
        except (ReadFault, ForbiddenError) as error:
            return Gap(f"{dac.shown} cannot be read: {error.message}")

    def fetch_kept(self, dac: Dac, age_max: timedelta, where: str | None = None) -> list[Row] | Gap:
        """The same of a list that rarely changes: what was kept of it, where that is not older than ``age_max``."""
        kept = self._book.rows(dac.name, age_max)
        if kept is not None:
            return kept
        rows = self.fetch(dac, where)
        if not isinstance(rows, Gap):
            self._book.keep_rows(dac.name, rows)
        return rows

    def rediscover(self, dacs: tuple[Dac, ...]) -> Mapping[Dac, str]:
        """Ask anew where each is served, and forget what was kept; why not, by class, empty where it is."""
        self._book.forget()
        return {dac: self._detect_first(dac).refusal for dac in dacs}

    def _detect_first(self, dac: Dac) -> Way:
        """What a first look finds: where the instance cannot tell now, nothing is remembered and the pass goes on."""
        try:
            return self._detect(dac)
        except TransientError as error:
            return Way(refusal=f"their way could not be found out now ({error.message.rstrip('.')})")

    def _detect(self, dac: Dac) -> Way:
        way = detect_way(self._client, dac, forms_of(self._tenant, dac, self._book.base()), self._headers())
        self._book.keep_way(dac, way)
        return way

    def _read(self, dac: Dac, way: Way, where: str | None) -> list[Row]:
        select = ",".join(dac.columns) if way.selects else None
        place = (way.path, encode_query({"$filter": where, "$select": select}))
        found: dict[tuple[str, ...], Row] = {}
        seen: set[tuple[str, str]] = set()
        while place not in seen and len(seen) < _PAGES_MAX:
            seen.add(place)
            answer = self._client.read_from(*place, headers=self._headers())
            for row in parse_rows(answer, dac):
                found.setdefault(key_of(row, dac), row)
            link = parse_next_link(answer)
            if link is None:
                return list(found.values())
            place = self._follow(way, place, link)
        raise values.unreadable("an OData list does not end")

    def _follow(self, way: Way, place: tuple[str, str], link: str) -> tuple[str, str]:
        """Path and query of the next page, which must lie below the same base of the same instance."""
        here = place[0] if place[0].startswith("/") else f"{self._root}/{place[0]}"
        parts = urlsplit(urljoin(f"{self._origin}{here}", link))
        base = f"{self._root}/{way.path.rpartition('/')[0]}/"
        is_ours = f"{parts.scheme}://{parts.netloc}".lower() == self._origin.lower()
        if not is_ours or not parts.path.lower().startswith(base.lower()) or not link.isascii():
            raise values.unreadable("the next rows of an OData list are told at another address")
        return parts.path, parts.query
