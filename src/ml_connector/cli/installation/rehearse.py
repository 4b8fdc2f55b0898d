"""``rehearse``: the main job on the twins of both systems, for everybody to watch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Annotated

from cyclopts import Parameter

from ml_connector.cli.options import NO_OPTIONS, Options


def rehearse(
    *,
    options: Options = NO_OPTIONS,
    days: int = 3,
    faults: str | None = None,
    serve: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Start twins of both systems, run the main job for some days, and print the score card.

    Needs no settings, no credentials and no root.

    Parameters
    ----------
    days
        How many days to run.
    faults
        A named set of faults to run under.
    serve
        Leave the console open at the end (not available yet).
    """
    command = [sys.executable, "-m", "ml_connector_twins", "rehearse", "--days", str(days)]
    command += ["--faults", faults] if faults else []
    command += ["--json"] if options.json else []
    command += ["--serve"] if serve else []
    with subprocess.Popen(command, env=dict(os.environ)) as driver:
        try:
            return driver.wait()
        except KeyboardInterrupt:
            driver.send_signal(signal.SIGTERM)
            driver.wait(timeout=20)
            raise
