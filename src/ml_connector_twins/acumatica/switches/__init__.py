"""Every assumption of the twin as a named switch: its values, its default, what it decides, and the source.

A switch marked ``[I]`` or "not established" may be flipped by a later live capture without touching code; the client
must work under every value. Preferences of the sample firm are switches too, so that tests can change them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ml_connector_twins.acumatica.switches.bills import BILL
from ml_connector_twins.acumatica.switches.kinds import Switch, SwitchValue
from ml_connector_twins.acumatica.switches.preferences import PREFERENCE
from ml_connector_twins.acumatica.switches.sessions import SESSION, THROTTLE
from ml_connector_twins.acumatica.switches.wire import WIRE

__all__ = ["GROUPS", "SWITCHES", "Switch", "SwitchValue", "Switches", "UnknownSwitch"]

GROUPS: Mapping[str, tuple[Switch, ...]] = {
    "The wire": WIRE,
    "Sign-in and sessions": SESSION,
    "Licence and throttling": THROTTLE,
    "Bills and payments": BILL,
    "Preferences of the firm": PREFERENCE,
}
"""Every switch by the area it belongs to."""


class UnknownSwitch(Exception):
    """A switch name or value the registry does not know."""


SWITCHES: Mapping[str, Switch] = {s.name: s for group in GROUPS.values() for s in group}
"""Every switch by name."""


class Switches:
    """The positions of all switches of a running twin."""

    def __init__(self, positions: Mapping[str, SwitchValue] | None = None) -> None:
        self._positions: dict[str, SwitchValue] = {name: switch.default for name, switch in SWITCHES.items()}
        self.turn(positions or {})

    def turn(self, positions: Mapping[str, SwitchValue]) -> None:
        """Sets the named switches; raises UnknownSwitch for a name or value that does not exist."""
        for name, value in positions.items():
            switch = SWITCHES.get(name)
            if switch is None:
                raise UnknownSwitch(f"no switch is called '{name}'")
            if switch.choices and value not in switch.choices:
                raise UnknownSwitch(f"'{name}' takes one of {', '.join(switch.choices)}, not '{value}'")
            if not switch.choices and not _same_type(switch.default, value):
                raise UnknownSwitch(f"'{name}' takes a {type(switch.default).__name__}, not '{value}'")
        self._positions.update(positions)

    def positions(self) -> dict[str, SwitchValue]:
        """All positions by name."""
        return dict(self._positions)

    def at(self, name: str) -> str:
        """The chosen word of a switch with choices, or its text."""
        return str(self._positions[name])

    def on(self, name: str) -> bool:
        """True where a yes-or-no switch or preference is on."""
        return self._positions[name] in (True, "yes", "on")

    def number(self, name: str) -> float:
        """The number a switch is set to."""
        value = self._positions[name]
        return float(value) if isinstance(value, (int, float)) else 0.0

    def words(self, name: str) -> list[str]:
        """The list a switch is set to."""
        value = self._positions[name]
        return list(value) if isinstance(value, list) else []


def _same_type(default: SwitchValue, value: SwitchValue) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, (int, float)):
        return isinstance(value, (int, float))
    if isinstance(default, list):
        return isinstance(value, Iterable) and not isinstance(value, str)
    return isinstance(value, str)
