"""The shape of one switch, and the two ways to write one down. No switch is defined here."""

from __future__ import annotations

from dataclasses import dataclass

SwitchValue = str | bool | int | float | list[str]


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch; ``choices`` is empty where any value of the default's type is allowed."""

    name: str
    default: SwitchValue
    choices: tuple[str, ...]
    decides: str
    source: str


def choice(name: str, choices: str, decides: str, source: str) -> Switch:
    """A switch with named positions, the default first."""
    values = tuple(choices.split())
    return Switch(name, values[0], values, decides, source)


def free(name: str, default: SwitchValue, decides: str, source: str) -> Switch:
    """A switch that takes any value of its default's type."""
    return Switch(name, default, (), decides, source)
