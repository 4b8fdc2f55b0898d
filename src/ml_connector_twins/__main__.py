"""``python -m ml_connector_twins NAME …``: starts one twin, or the rehearsal driver, as a process.

It only finds the module by name; each module offers ``main(argv) -> int``.
"""

from __future__ import annotations

import importlib
import sys

ROOMS = {
    "acumatica": "ml_connector_twins.acumatica.main",
    "stampli": "ml_connector_twins.stampli",
    "rehearse": "ml_connector_twins.rehearsal",
}


def main(argv: list[str]) -> int:
    """Runs the named twin with the remaining arguments; returns its exit code, 2 for an unknown name."""
    if not argv or argv[0] not in ROOMS:
        print(f"usage: python -m ml_connector_twins {{{','.join(ROOMS)}}} …", file=sys.stderr)
        return 2
    module = importlib.import_module(ROOMS[argv[0]])
    return int(module.main(argv[1:]))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # Ctrl-C while still importing: nothing was started that would have to be ended
        sys.exit(130)
