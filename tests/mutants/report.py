"""The mutation score of the posting core, and each change that no test notices with the reason why that is well.

Run by ``make mutants`` after mutmut: reads its verdicts, prints the score of each room, and fails where it is below
90 % or where a survivor has no reason in ``survivors.toml``. It runs no test itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCORE_MIN = 0.90
# What mutmut writes down for a change: the exit code of the tests run on it. A time-out is a change that was noticed.
_SURVIVED, _NO_TEST, _NOT_RUN = 0, 33, None
_ROOMS = {
    "domain.protocol": "protocol",
    "acumatica.wire": "classifier",
    "numerals": "money grammar",
    "domain.values.money": "money grammar",
    "domain.matching": "matching",
    "domain.keys": "identities",
}


@dataclass(frozen=True, slots=True)
class Survivor:
    """One change that no test noticed: the function it is in, and the lines as it leaves them."""

    where: str
    becomes: str


def load_verdicts(folder: Path) -> dict[str, int | None]:
    """Exit code of the tests for each change, by mutmut's name of it."""
    verdicts: dict[str, int | None] = {}
    for path in sorted(folder.rglob("*.py.meta")):
        verdicts |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return verdicts


def room_of(name: str) -> str:
    """The part of the posting core a change belongs to."""
    bare = name.removeprefix("ml_connector.")
    return next(room for start, room in _ROOMS.items() if bare.startswith(start))


def survivor_of(name: str, difference: str) -> Survivor:
    """What a change does, from its difference as mutmut shows it; a line taken away without another is ``(gone)``."""
    added = [line[1:].strip() for line in difference.splitlines() if line.startswith("+") and not line.startswith("++")]
    gone = [line[1:].strip() for line in difference.splitlines() if line.startswith("-") and not line.startswith("--")]
    where = name.removeprefix("ml_connector.").rpartition("__mutmut_")[0]
    return Survivor(where, " ".join(added) if added else f"(gone) {' '.join(gone)}")


def load_reasons() -> dict[Survivor, str]:
    """Why each change that may survive is none that matters."""
    table = tomllib.loads((ROOT / "tests/mutants/survivors.toml").read_text(encoding="utf-8"))
    return {Survivor(each["where"], each["becomes"]): each["reason"] for each in table["survivor"]}


def _survivors(names: list[str]) -> Iterator[Survivor]:
    for name in names:
        command = [sys.executable, "-m", "mutmut", "show", name]
        shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        yield survivor_of(name, shown.stdout)


def main() -> int:
    """Print the score and what survived; 0 where the score is kept and every survivor has its reason."""
    verdicts = load_verdicts(ROOT / "mutants")
    unfinished = [name for name, code in verdicts.items() if code is _NOT_RUN]
    alive = [name for name, code in verdicts.items() if code in (_SURVIVED, _NO_TEST)]
    made, lived = Counter(map(room_of, verdicts)), Counter(map(room_of, alive))
    for room, count in sorted(made.items()):
        print(f"{room:14} {count:5} changes, {lived[room]:4} unnoticed, {1 - lived[room] / count:7.1%}")
    score = 1 - len(alive) / len(verdicts)
    print(f"{'all':14} {len(verdicts):5} changes, {len(alive):4} unnoticed, {score:7.1%} (at least {SCORE_MIN:.0%})")
    reasons = load_reasons()
    unexplained, left = 0, set(reasons)
    for survivor in _survivors(alive):
        reason = reasons.get(survivor)
        unexplained += reason is None
        left.discard(survivor)
        print(f"  {survivor.where}: {survivor.becomes}\n    {reason or 'NO REASON'}")
    # Told and not refused: on a busy machine a change may be noticed by a time-out alone.
    for survivor in sorted(left, key=lambda each: (each.where, each.becomes)):
        print(f"  {survivor.where}: {survivor.becomes}\n    IS NOTICED NOW: take its reason away")
    print(f"{unexplained} without a reason, {len(unfinished)} not run")
    return int(score < SCORE_MIN or unexplained > 0 or bool(unfinished))


if __name__ == "__main__":
    sys.exit(main())
