"""`python -m ml_connector_twins rehearse …`: options, signals, output and exit code of a rehearsal.

Exit code 0 when every planted case ended as planted, 1 when one did not, 3 when a child did not start or hung.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from ml_connector_twins.rehearsal.children import ChildFailed, Children, end_with_parent
from ml_connector_twins.rehearsal.driver import PASSWORD_VARIABLE, DayResult, day_document, rehearse
from ml_connector_twins.rehearsal.faults import PROFILES, USUAL
from ml_connector_twins.rehearsal.judge.evidence import Verdict
from ml_connector_twins.rehearsal.plan.days import DAYS_MAX
from ml_connector_twins.rehearsal.score_card import render_score_card
from ml_connector_twins.rehearsal.workplace import child_environment, prepare_workplace

_STOPPED = 128


def main(argv: list[str]) -> int:
    """Rehearse; see the module for the exit codes. A signal ends every child first, then gives 128 + its number."""
    options = _parser().parse_args(argv)
    if options.serve:
        print("There is no console yet, so --serve has nothing to leave open; leave it out.", file=sys.stderr)
        return 2
    end_with_parent(signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    if options.directory is not None:
        return _rehearse_in(options.directory, options)
    directory = Path(tempfile.mkdtemp(prefix="ml-connector-rehearsal-"))
    exit_code = 0
    try:
        exit_code = _rehearse_in(directory, options)
    finally:
        # Kept only where somebody will want to look at it: something went wrong.
        if exit_code == 0:
            shutil.rmtree(directory, ignore_errors=True)
    return exit_code


def _rehearse_in(directory: Path, options: argparse.Namespace) -> int:
    started = time.monotonic()
    password = secrets.token_urlsafe(24)
    workplace = prepare_workplace(directory)
    try:
        with Children(child_environment(os.environ) | {PASSWORD_VARIABLE: password}, workplace.log) as children:
            results, ending = rehearse(
                children,
                workplace,
                days=options.days,
                profile=PROFILES[options.faults],
                sftp_password=password,
                tell=_tell,
            )
    except (ChildFailed, OSError) as failure:  # a child, or this machine: no room, no port, a twin that died
        return _not_finished(str(failure), as_json=options.json)
    verdicts = [verdict for result in results for verdict in result.verdicts] + list(ending)
    card = render_score_card(results, ending, seconds=time.monotonic() - started)
    print(card, end="", file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.json:
        print(json.dumps(_document(results, verdicts)), flush=True)
    if all(verdict.ok for verdict in verdicts):
        return 0
    print(f"The files of this run are kept in {workplace.folder}", file=sys.stderr)
    return 1


def _document(results: Sequence[DayResult], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The JSON of `operator_contract.md` 1."""
    return {
        "days": [day_document(result) for result in results],
        "cases": [dataclasses.asdict(verdict) for verdict in verdicts],
    }


def _not_finished(message: str, *, as_json: bool) -> int:
    print(message, file=sys.stderr)
    if as_json:
        fault = {"family": "transient", "code": "rehearse.child", "stage": "rehearse", "message": message, "fix": ""}
        print(json.dumps({"days": [], "cases": [], "error": fault}))
    return 3


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _stop(number: int, _frame: FrameType | None) -> None:
    """The first signal ends everything in order; a second one must not break into that."""
    for other in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(_STOPPED + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ml-connector rehearse", description="The main job against both twins")
    parser.add_argument("--directory", type=Path, help="where runs are kept (default: a folder of the temporary one)")
    parser.add_argument("--days", type=_days, default=3, metavar="N", help=f"1 to {DAYS_MAX}, default 3")
    parser.add_argument("--faults", choices=sorted(PROFILES), default=USUAL, help=f"default {USUAL}")
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= DAYS_MAX:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of days from 1 to {DAYS_MAX}")
    return int(text)
