"""The switches and the faults as tables for people: what ``--list`` prints and the documents show. Pure."""

from __future__ import annotations

import json

from ml_connector_twins.acumatica.switches import GROUPS, Switch


def render_switches() -> str:
    """Every switch by area, as Markdown: name, values with the default first, what it decides, where that is said."""
    parts = []
    for area, switches in GROUPS.items():
        head = f"### {area}\n\n| switch | values | decides | said in |\n|---|---|---|---|\n"
        parts.append(head + "".join(_line(switch) for switch in switches))
    return "\n".join(parts)


def _line(switch: Switch) -> str:
    values = ", ".join(switch.choices) if switch.choices else json.dumps(switch.default)
    return f"| `{switch.name}` | {values.replace('|', chr(92) + '|')} | {switch.decides} | {switch.source} |\n"


def render_kinds(kinds: dict[str, str]) -> str:
    """Kinds of faults as Markdown."""
    lines = "".join(f"| `{name}` | {told} |\n" for name, told in kinds.items())
    return f"| kind | what happens |\n|---|---|\n{lines}"
