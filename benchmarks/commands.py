"""How long a person waits: ``ml-connector --help``, and a ``sync NAME all`` with nothing to do.

Starts the twins of both systems on this machine; needs no settings and leaves nothing behind. Prints a line a
measurement with its target; a missed target is printed, not an error, since other work on the machine counts too.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ml_connector_twins.rehearsal.children import Children
from ml_connector_twins.rehearsal.product import DONE, NEEDS_A_PERSON, Outcome, Product, mapping
from ml_connector_twins.rehearsal.workplace import CONNECTION, Workplace, child_environment, prepare_workplace
from ml_connector_twins.rehearsal.workplace import render_settings as render_settings_file

HELP_RUNS = 5
HELP_SECONDS_MAX = 0.3
IDLE_SECONDS_MAX = 3.0
USERNAME = "harbor"
PASSWORD_VARIABLE = "BENCHMARK_SFTP_PASSWORD"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of the report; times in seconds."""

    what: str
    seconds: float
    seconds_max: float
    note: str = ""

    def render(self) -> str:
        """The line: what, how long, target, whether it was met."""
        verdict = "ok" if self.seconds <= self.seconds_max else "OVER"
        line = f"{self.what:<44} {self.seconds:6.2f} s   at most {self.seconds_max:.1f} s   {verdict}"
        return f"{line}   {self.note}".rstrip()


def main() -> int:
    """Measure and print; returns 1 where a command that is measured does not work at all."""
    print(measure_help().render(), flush=True)
    with tempfile.TemporaryDirectory() as directory:
        place = prepare_workplace(Path(directory))
        environment = child_environment(os.environ) | {PASSWORD_VARIABLE: secrets.token_urlsafe(16)}
        with Children(environment, place.log) as children:
            product = start_house(children, place, password=environment[PASSWORD_VARIABLE])
            outcomes = [product.sync("all"), product.sync("all")]
        failed = next((each for each in outcomes if each.exit_code not in (DONE, NEEDS_A_PERSON)), None)
        if failed is not None:
            print(
                f"{failed.words} ended with {failed.exit_code}: {mapping(failed.document).get('error')}",
                file=sys.stderr,
            )
            return 1
    print(idle_measurement(outcomes[-1]).render(), flush=True)
    return 0


def measure_help() -> Measurement:
    """The best of a few runs of ``ml-connector --help``, as a process of its own."""
    command = [str(Path(sys.executable).with_name("ml-connector")), "--help"]
    times: list[float] = []
    for _ in range(HELP_RUNS):
        started = time.monotonic()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        times.append(time.monotonic() - started)
    return Measurement("ml-connector --help", min(times), HELP_SECONDS_MAX, f"best of {HELP_RUNS}")


def start_house(children: Children, place: Workplace, *, password: str) -> Product:
    """Both twins, a settings file and the secrets; the product is ready to run."""
    acumatica = children.start_server(["ml_connector_twins", "acumatica", "--exit-with-stdin"], name="Acumatica's twin")
    place.sftp_root.mkdir(exist_ok=True)
    words = ["ml_connector_twins", "stampli", "--root", str(place.sftp_root), "--username", USERNAME]
    words += ["--password-env", PASSWORD_VARIABLE, "--exit-with-stdin"]
    stampli = children.start_server(words, name="Stampli's twin")
    place.settings.write_text(render_settings_file(acumatica, stampli, username=USERNAME), encoding="utf-8")
    product = Product(children, place.settings, connection=CONNECTION)
    product.set_secret("acumatica.password", acumatica["password"])
    product.set_secret("acumatica.client_secret", acumatica["client_secret"])
    product.set_secret("stampli.password", password)
    return product


def idle_measurement(outcome: Outcome) -> Measurement:
    """The second pass: all master data is unchanged and no file waits."""
    requests = mapping(mapping(outcome.document).get("requests")).get("acumatica")
    what = f"ml-connector {outcome.words}, nothing to do"
    return Measurement(what, outcome.seconds, IDLE_SECONDS_MAX, f"{requests} requests to Acumatica")


if __name__ == "__main__":
    sys.exit(main())
