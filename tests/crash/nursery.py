"""A program: forks one child for each command it reads, everything already loaded, and tells how the child ended.

    {"words": ["prove", …]}                                       a command line, as an operator would type it
    {"config": …, "name": …, "flow": …, "at": 31, "signal": …}    a pass that gets the signal at its boundary 31
    {"config": …, "name": …, "flow": …, "at": null}               a pass that writes down its boundaries

One JSON line comes back at once, ``{"pid"}``, and one when the child has ended or was stopped: ``{"exit", "output",
"notes"}``, exit negative for the signal it died of, null where it is stopped. ``"waits": false`` leaves the second one
out; ``{"wait": pid}`` asks for it later, or again after a stop.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ml_connector.bootstrap.connection_house import Opening, open_connection
from ml_connector.cli import audit, proof, sync
from ml_connector.cli.main import run
from ml_connector.engine.face import Side

# Loaded here so that no child has to: the command line loads its commands late.
LOADED = (audit, proof, sync)
_PROGRAM_FAULT = 70
# A child that hangs ends with the stacks of its threads among its notes.
_CHILD_SECONDS_MAX = 120.0


class Tripwire:
    """A boundary that sends this process a signal at its ``at``-th crossing, counted from 0; it remembers them all."""

    def __init__(self, at: int | None, number: int) -> None:
        self.crossed: list[tuple[str, Side]] = []
        self._at = at
        self._number = number

    def cross(self, step: str, side: Side) -> None:
        """The engine is at an edge of a step."""
        if len(self.crossed) == self._at:
            os.kill(os.getpid(), self._number)
        self.crossed.append((step, side))


def pass_with_tripwire(command: Mapping[str, Any]) -> int:
    """One pass of the command's flow; 3 where an error stands in it. Its boundaries go to standard output."""
    tripwire = Tripwire(command["at"], getattr(signal, command.get("signal", "SIGKILL")))
    with open_connection(Path(command["config"]), command["name"], opening=Opening(boundary=tripwire)) as house:
        result = house.sync(command["flow"])
    print(json.dumps(tripwire.crossed))
    return 3 if result.errors or result.waiting else 0


def _live(command: Mapping[str, Any], output: Path) -> int:
    for path, stream in ((output, sys.stdout), (_notes(output), sys.stderr)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    faulthandler.dump_traceback_later(_CHILD_SECONDS_MAX, exit=True)
    try:
        return run(list(command["words"])) if "words" in command else pass_with_tripwire(command)
    except Exception as error:  # a child must never come back into the nursery's own loop
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return _PROGRAM_FAULT
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _notes(output: Path) -> Path:
    return output.with_suffix(".err")


def _tell(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class Nursery:
    """The children that are alive, stopped ones among them, each with the file its words go to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._alive: dict[int, Path] = {}
        self._started = 0

    def start(self, command: Mapping[str, Any]) -> int:
        """Fork a child for the command."""
        self._started += 1
        output = self._folder / f"{self._started}.txt"
        pid = os.fork()
        if pid == 0:
            os._exit(_live(command, output))
        self._alive[pid] = output
        return pid

    def wait(self, pid: int) -> None:
        """Until the child has ended or was stopped; tell how."""
        _, status = os.waitpid(pid, os.WUNTRACED)
        ended = None if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)
        output = self._alive[pid] if ended is None else self._alive.pop(pid)
        # A child that was killed young may have written neither.
        words = [path.read_text("utf-8") if path.exists() else "" for path in (output, _notes(output))]
        _tell(exit=ended, output=words[0], notes=words[1])

    def end(self) -> None:
        """Kill whoever is left."""
        for pid in self._alive:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def main() -> None:
    """Serve until standard input ends."""
    with tempfile.TemporaryDirectory() as folder:
        nursery = Nursery(Path(folder))
        for line in sys.stdin:
            command = json.loads(line)
            pid = command["wait"] if "wait" in command else nursery.start(command)
            if "wait" not in command:
                _tell(pid=pid)
            if command.get("waits", True):
                nursery.wait(pid)
        nursery.end()


if __name__ == "__main__":
    main()
