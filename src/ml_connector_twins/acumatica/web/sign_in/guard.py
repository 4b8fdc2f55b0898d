"""The check of a user's name and password, with the lock after repeated failures (``acumatica_api.md`` 2.3)."""

from __future__ import annotations

from ml_connector_twins.acumatica.instance import Site

INVALID = "Invalid credentials. Please try again."
LOCKED = "Your account is locked out. Contact your system administrator."
CHANGE_DUE = "You need to change your password before signing in."


class Door:
    """The user's account at the door of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.failures = 0

    def refusal(self, name: str, password: str) -> str:
        """Why this name and password do not sign in, empty where they do; counts failures in a row."""
        options, limit = self._site.options, self._site.switches.number("lockout_after")
        if limit and self.failures >= limit:
            return LOCKED
        if name.casefold() != options.username.casefold() or password != options.password:
            self.failures += 1
            return INVALID
        self.failures = 0
        return CHANGE_DUE if self._site.switches.on("password_change_due") else ""

    def unlock(self) -> None:
        """An administrator lets the user in again."""
        self.failures = 0
