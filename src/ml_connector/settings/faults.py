"""What is wrong with a settings file, gathered and raised once: every fault of a file in one error.

A fault names the key, the value, the rule and the fix. A value that might be a secret is never shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from ml_connector.errors import ConfigurationError

# Keys whose values belong into the vault: seen in a file, their value is not repeated anywhere.
SECRET_KEYS = frozenset(
    {
        "password",
        "client_secret",
        "private_key",
        "passphrase",
        "pgp_private_key",
        "pgp_passphrase",
        "refresh_token",
        "cookies",
        "master_key",
    }
)
_VALUE_LENGTH_MAX = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong setting: its stable code, its full dotted key, what is wrong, and what to do."""

    code: str
    key: str
    message: str
    fix: str


def fault_error(file: str, faults: list[Fault]) -> ConfigurationError:
    """One error of exit code 2 that lists every fault of a file; its code is that of the first."""
    lines = [f"{fault.key}: {fault.message} {fault.fix}" for fault in faults]
    if len(lines) == 1:
        message = f"{file}: {faults[0].key}: {faults[0].message}"
        fix = faults[0].fix
    else:
        message = "\n  ".join([f"{file}: {len(lines)} settings are wrong.", *lines])
        fix = "Mend each of these settings, then run the command again."
    return settings_error(message, code=faults[0].code, fix=fix)


def settings_error(message: str, *, code: str, fix: str) -> ConfigurationError:
    """An error of our own settings: exit code 2."""
    return ConfigurationError(message, code=code, fix=fix, stage="settings", at="settings")


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, or None where none is alike; case does not count."""
    by_folded = {each.casefold(): each for each in known}
    found = difflib.get_close_matches(name.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def shown_value(value: object) -> str:
    """A value as it may stand in a message: as TOML writes it, cut short, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if "@" in text and "://" in text:
        return "an address with a user in it (not shown)"
    escaped = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: _VALUE_LENGTH_MAX + 1])
    if len(escaped) > _VALUE_LENGTH_MAX:
        escaped = escaped[:_VALUE_LENGTH_MAX] + "..."
    return f'"{escaped}"' if type(value) is str else escaped
