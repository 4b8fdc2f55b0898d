"""The event loop behind the synchronous face: one thread of its own, started on first use, ended by ``close``.

AsyncSSH needs an event loop; the rest of the house is synchronous (``dependencies.md 11``). This module knows nothing
of SFTP.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from typing import Any, TypeVar

T = TypeVar("T")

_JOIN_SECONDS = 10.0
# How often one who waits asks whether to give up.
_SLICE_SECONDS = 0.5


class LoopThread:
    """Runs coroutines on a thread of its own and gives back their results; safe to use from several threads."""

    def __init__(self, name: str, cuts: Callable[[], bool] | None = None) -> None:
        self._name = name
        self._cuts = cuts
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def started(self) -> bool:
        """True while there is a thread to close."""
        return self._loop is not None

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine and return at once."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._started())

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end; if the caller is interrupted, the coroutine is cancelled."""
        future = self.submit(coroutine)
        try:
            return self.wait(future)
        finally:
            future.cancel()

    def wait(self, future: Future[T]) -> T:
        """The result of what was submitted. KeyboardInterrupt where ``cuts`` becomes True meanwhile; what is begun
        later than that is a part of ending, and is waited for."""
        if self._cuts is None or self._cuts():
            return future.result()
        while True:
            wait([future], timeout=_SLICE_SECONDS)
            if future.done():
                return future.result()
            if self._cuts():
                raise KeyboardInterrupt

    def close(self) -> None:
        """Cancel what still runs and end the thread; the object may be used again afterwards."""
        with self._guard:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_JOIN_SECONDS)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._guard:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                # A daemon, so that a caller who forgot `close` can still leave the program.
                self._thread = threading.Thread(target=_serve, args=(self._loop,), name=self._name, daemon=True)
                self._thread.start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _cancel_all() -> None:
    mine = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not mine]
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=_JOIN_SECONDS / 2)
    await asyncio.get_running_loop().shutdown_asyncgens()
