"""A process that sends until the shared minute is full; started by ``test_pace``. Prints when each request began and
ended."""

from __future__ import annotations

import sys
import threading

from ml_connector.acumatica.wire.limiter import SharedBudget
from ml_connector.clock import SystemClock
from ml_connector.engine.holder import holder_alive, process_holder
from ml_connector.store.database import open_database
from ml_connector.store.running.pace_book import pace_book


def send(url: str, per_minute: int, places: int) -> None:
    """Requests of two threads, each taking a hundredth of a second."""
    clock = SystemClock()
    database = open_database(url)
    book = pace_book(database, "tenant", process_holder(), clock, holder_alive=holder_alive)
    budget = SharedBudget(book, per_minute, places, clock)

    def work() -> None:
        while book.note_request(per_minute) == 0:
            with budget.running():
                began = clock.now().timestamp()
                clock.sleep(0.01)
                print(f"{began} {clock.now().timestamp()}\n", end="", flush=True)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    book.close()
    database.close()


if __name__ == "__main__":
    send(sys.argv[1], *(int(word) for word in sys.argv[2:]))
