"""``worker`` and ``serve``: keep the schedules of all connections until they are told to stop."""

from __future__ import annotations

from ml_connector.cli.exit_codes import DONE
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_note


def worker(*, options: Options = NO_OPTIONS) -> int:
    """Keep every connection's schedule: master data, invoices and payments, each at its time.

    Several workers share one PostgreSQL; a SQLite file has one. It stops in order on Ctrl-C or SIGTERM: the running
    step ends or becomes something to be checked at the next start.
    """
    # The durable engine takes a moment to load, and no other command needs it.
    from ml_connector.bootstrap.serving import run_worker

    print_note("Worker started; stop it with Ctrl-C.")
    try:
        run_worker(options.config)
    except KeyboardInterrupt:
        print_note("Stopped.")
    return DONE


def serve(*, host: str = "127.0.0.1", port: int = 8080, options: Options = NO_OPTIONS) -> int:
    """Keep every connection's schedule, as `worker` does, and answer at http://HOST:PORT/health how all of it stands.

    Parameters
    ----------
    host
        The address of this machine to listen at. The page asks for no password: leave it on this machine.
    port
        The port to listen at.
    """
    from ml_connector.bootstrap.serving import run_worker

    print_note(f"Serving at http://{host}:{port}/health; stop it with Ctrl-C.")
    try:
        run_worker(options.config, "serve", listen=(host, port))
    except KeyboardInterrupt:
        print_note("Stopped.")
    return DONE
