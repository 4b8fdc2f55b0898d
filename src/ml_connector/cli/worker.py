"""``worker``: keeps the schedules of all connections, in one process, until it is told to stop."""

from __future__ import annotations

from ml_connector.bootstrap import run_worker
from ml_connector.cli.exit_codes import DONE
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_note


def worker(*, options: Options = NO_OPTIONS) -> int:
    """Keep every connection's schedule: master data, invoices and payments, each at its time.

    It stops in order on Ctrl-C or SIGTERM: the running step ends or becomes something to be checked at the next start.
    """
    print_note("Worker started; stop it with Ctrl-C.")
    try:
        run_worker(options.config)
    except KeyboardInterrupt:
        print_note("Stopped.")
    return DONE
