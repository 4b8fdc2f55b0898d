"""A process that signs in to Acumatica again and again as a run of its own; started by ``test_renewing``.

It waits for a line on standard input, so that all begin at once, and prints how many sign-ins were good.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ml_connector.bootstrap.connection_house import Opening, connect
from ml_connector.bootstrap.store_house import open_store
from ml_connector.errors import ConnectorError
from tests.firm import CONNECTION


def sign_in_often(settings: Path, rounds: int) -> int:
    """So many runs of a sign-in each; the good ones."""
    with open_store(settings) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        good = 0
        for _ in range(rounds):
            with connect(store, store.connection(CONNECTION), Opening()) as house:
                try:
                    house.erp.sign_in()
                    good += 1
                except ConnectorError as error:
                    print(error.code, error.message, file=sys.stderr)
    return good


if __name__ == "__main__":
    print(sign_in_often(Path(sys.argv[1]), int(sys.argv[2])))
