"""The child of ``rules``: lives through the seeds it is given and prints, as JSON, who was booked twice."""

from __future__ import annotations

import json
import sys

import ml_connector
from tests.crash.machine.running import live_by_seed, quieten


def main(seeds: list[str]) -> None:
    """Live through them all."""
    quieten()
    twice = {seed: live_by_seed(seed).verdict.twice for seed in seeds}
    print(json.dumps({"package": ml_connector.__file__, "twice": twice}))


if __name__ == "__main__":
    main(sys.argv[1:])
