"""``audit verify``."""

from __future__ import annotations

from ml_connector.bootstrap import open_connection
from ml_connector.cli.exit_codes import DONE, INTEGRITY
from ml_connector.cli.options import NO_OPTIONS, Options
from ml_connector.cli.output import print_json, print_line


def verify_audit(name: str, *, options: Options = NO_OPTIONS) -> int:
    """Check that nothing in the audit trail was changed, added or taken away."""
    with open_connection(options.config, name) as house:
        verdict = house.verify_audit()
    if options.json:
        print_json(verdict)
    elif verdict["ok"]:
        print_line(f"The trail is unbroken: {verdict['entries']} entries, head {verdict['head']}")
    else:
        print_line(f"The trail is BROKEN at entry {verdict['broken_at']} of {verdict['entries']}")
    return DONE if verdict["ok"] else INTEGRITY
