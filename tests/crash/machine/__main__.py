"""The command: ``python -m tests.crash.machine`` breaks as many schedules as asked for and prints the table; with
``--seed`` it lives through one of them and tells how it ended. Exit 1 where anything is wrong."""

from __future__ import annotations

import argparse
import os
import sys
import time

from tests.crash.machine.living import Life
from tests.crash.machine.running import all_schedules, drawn_schedules, live_by_seed, quieten, run_schedules

SCHEDULES, WALKS = 20_000, 500
DRAW = 20261014
_TOLD_EVERY = 1000


def main(words: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.machine", description=__doc__)
    parser.add_argument("--seed", help="one schedule, by the string that names it")
    parser.add_argument("--all", action="store_true", help="every single schedule and every pair of crashes")
    parser.add_argument("--schedules", type=int, default=SCHEDULES, help="how many are drawn (%(default)s)")
    parser.add_argument("--draw", type=int, default=DRAW, help="what they are drawn by (%(default)s)")
    parser.add_argument("--walks", type=int, default=WALKS, help="how many random walks besides (%(default)s)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args(words)
    return live_one(asked.seed) if asked.seed else live_many(asked)


def live_one(seed: str) -> int:
    """One schedule, told in words."""
    quieten()
    life = live_by_seed(seed)
    wrong = life.wrong()
    print(f"{seed}: {'all is well' if not wrong else 'WRONG'}{'' if life.reached else ' (a point was never reached)'}")
    for text in [*wrong, *(f"asked: {text}" for text in life.verdict.asked)]:
        print(f"  {text}")
    return 1 if wrong else 0


def live_many(asked: argparse.Namespace) -> int:
    """Many, and the table."""
    began = time.monotonic()
    schedules = list(all_schedules()) if asked.all else drawn_schedules(asked.schedules, asked.draw)
    done = 0

    def note(life: Life) -> None:
        nonlocal done
        done += 1
        if life.wrong():
            print(f"{life.seed}: {'; '.join(life.wrong())}", flush=True)
        if done % _TOLD_EVERY == 0:
            print(f"{done} of {len(schedules)} schedules", file=sys.stderr, flush=True)

    tally = run_schedules(schedules, asked.processes, note, walks=asked.walks)
    print(tally.render())
    print(
        f"{tally.schedules} schedules, {len(tally.wrong)} with anything wrong, {time.monotonic() - began:.0f} s"
        f" on {asked.processes} processors{'' if asked.all else f', drawn by {asked.draw}'}"
    )
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
