"""The command: ``python -m tests.crash.soak --minutes 20`` soaks, drains, judges and prints a summary; exit 1 where
anything is wrong."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.crash.soak.plan import plan_soak
from tests.crash.soak.running import Tally, live_soak
from tests.crash.soak.site import running_site
from tests.crash.soak.verdict import Verdict


def main(words: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0, help="how long things are broken (%(default)s)")
    parser.add_argument("--seed", type=int, default=20261014, help="what the plan is drawn by (%(default)s)")
    parser.add_argument("--keep", type=Path, help="a folder for the workers' words; they are thrown away otherwise")
    asked = parser.parse_args(words)
    stands_on = commit()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        with running_site(folder) as site:
            tally, verdict = live_soak(site, plan_soak(asked.seed, asked.minutes), note)
    print(f"soak of {asked.minutes:g} minutes, seed {asked.seed}, commit {stands_on}")
    print(render_summary(tally, verdict))
    return 1 if verdict.faults else 0


def note(text: str) -> None:
    """How it goes, on standard error."""
    print(text, file=sys.stderr, flush=True)


def commit() -> str:
    """The commit this tree stands on, marked where the tree differs from it."""
    words = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def render_summary(tally: Tally, verdict: Verdict) -> str:
    """The lines below the heading."""
    lines = [
        f"workers killed {tally.done['kill']}, ended by themselves {tally.ended}, "
        f"PostgreSQL restarted {tally.done['restart']}",
        f"faults that hit {sum(tally.hits.values())} of {tally.done['fault']}: {_counted(tally.hits)}",
        f"files {tally.done['drop']}, invoices {tally.invoices}, booked {verdict.booked}, "
        f"with a person {sum(verdict.asked.values())} ({_counted(verdict.asked)}), held doubles {verdict.doubles}",
        f"drain {tally.drain_seconds:.0f} s, replayed by hand {tally.replays}",
        f"faults found by the auditor: {len(verdict.faults)}",
    ]
    return "\n".join([*lines, *(f"  {fault}" for fault in verdict.faults)])


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count) or "none"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
