"""The child of ``rules``: lives through the seeds it is given and prints, as JSON, who was booked twice. It stops at
the first, which is all that is asked.
"""

from __future__ import annotations

import json
import sys

import ml_connector
from tests.crash.machine.running import live_by_seed, quieten


def main(seeds: list[str]) -> None:
    """Live through them until somebody is booked twice."""
    quieten()
    lives = map(live_by_seed, seeds)
    twice = next(({life.seed: life.verdict.twice} for life in lives if life.verdict.twice), {})
    print(json.dumps({"package": ml_connector.__file__, "twice": twice}))


if __name__ == "__main__":
    main(sys.argv[1:])
