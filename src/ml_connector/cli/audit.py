"""``audit``: verify the trail, export it for an auditor."""

from __future__ import annotations

from pathlib import Path

from ml_connector.bootstrap import open_connection
from ml_connector.cli.exit_codes import DONE, INTEGRITY
from ml_connector.cli.installation import verify_audit as script
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
        if verdict.get("reason"):
            print_line(f"  {verdict['reason']}")
    return DONE if verdict["ok"] else INTEGRITY


def export_audit(name: str, *, output: Path | None = None, options: Options = NO_OPTIONS) -> int:
    """Write the whole trail into one zip file with a script that proves it without this program.

    Parameters
    ----------
    name
        The connection.
    output
        The file to write (default: NAME-audit.zip here).
    """
    path = output or Path(f"{name.replace('/', '_')}-audit.zip")
    with open_connection(options.config, name) as house:
        shown = house.trail.export(path, Path(script.__file__).read_bytes())
    if options.json:
        print_json(shown)
    else:
        print_line(f"{path}: {shown['entries']} entries, {shown['digests']} signed digests, head {shown['head']}")
        print_line(f"public key {shown['public_key']}")
        print_line("Unpack it and run: python3 verify_audit.py")
    return DONE
