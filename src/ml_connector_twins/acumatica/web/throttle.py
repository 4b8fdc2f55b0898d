"""The licence's throttle (``acumatica_api.md`` 3): a gate for concurrent requests, a queue, a delay, a 429.

Nothing is sent while a request waits: the socket just hangs. In virtual time the server's clock moves instead.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.web.calls import Answer, Refused

_MINUTE_SECONDS = 60.0


class Throttle:
    """The gate of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._working = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._recent: deque[float] = deque()

    @asynccontextmanager
    async def admitted(self, *, counted: bool) -> AsyncIterator[None]:
        """Waits for a free place; raises the 429 of a full queue. Uncounted requests pass at once."""
        if not counted:
            yield
            return
        await self._delay()
        await self._enter()
        try:
            yield
        finally:
            self._leave()

    async def _enter(self) -> None:
        if self._working < self._site.switches.number("concurrent_requests_max"):
            self._working += 1
            return
        if len(self._waiting) >= self._site.switches.number("queue_max"):
            raise Refused(self._too_many())
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            # the place of a request that left is handed over
            await asyncio.wait_for(place, self._site.switches.number("queue_seconds_max"))
        except TimeoutError as fault:
            raise Refused(self._too_many()) from fault

    def _leave(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._working -= 1

    async def _delay(self) -> None:
        """Once the last minute holds half of the limit, each request waits for its part of the time left (3)."""
        switches = self._site.switches
        limit, now = switches.number("requests_per_minute_max"), self._now()
        started = now - now % _MINUTE_SECONDS if switches.at("throttle_minute") == "calendar" else now - _MINUTE_SECONDS
        while self._recent and self._recent[0] <= started:
            self._recent.popleft()
        self._recent.append(now)
        used = len(self._recent)
        if not limit or used * 2 < limit or switches.at("throttle_delay") == "off":
            return
        calendar = switches.at("throttle_minute") == "calendar"
        time_left = started + _MINUTE_SECONDS - now if calendar else _MINUTE_SECONDS - (now - self._recent[0])
        wait = time_left / max(limit - used, 1)
        if wait > switches.number("queue_seconds_max"):
            raise Refused(self._too_many())
        if switches.at("throttle_delay") == "virtual":
            self._site.clock.offset += timedelta(seconds=wait)
            return
        await asyncio.sleep(wait)

    def _now(self) -> float:
        """Seconds of the server's clock; moving it moves the minute."""
        return time.monotonic() + self._site.clock.offset.total_seconds()

    def _too_many(self) -> Answer:
        retry_after = self._site.switches.at("retry_after")
        headers = (("content-type", "text/plain"), *((("retry-after", retry_after),) if retry_after else ()))
        return Answer(429, b"Too many requests. The request queue is full.", headers)
