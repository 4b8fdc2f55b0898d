"""What a connection is: the url, tenant and company it was first checked with, fixed since every document key is built
on them (operator contract, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ml_connector.domain.values.records import Identity
from ml_connector.errors import ConfigurationError

Place = tuple[str, str, str]


class Identities(Protocol):
    """Where the identity of one connection is kept."""

    def load_identity(self) -> Identity | None: ...
    def save_identity(self, identity: Identity) -> None: ...
    def save_confirmed(self, url: str, tenant: str, company: str) -> None: ...


def require_identity(identities: Identities, now: Place, sign_in: Callable[[], None]) -> None:
    """Pass where the settings name the system of the first check, as it was named then or was confirmed since; before
    that, sign in once and keep what is named.

    Raises ConfigurationError (settings) where they name another one."""
    known = identities.load_identity()
    if known is None:
        sign_in()
        identities.save_identity(Identity(*now))
    elif not _is_named(known, now):
        raise _differs(known, now)


def confirm_identity(identities: Identities, now: Place, *, new_identity: bool) -> None:
    """After a good check: keep the identity of a first check; where it differs, pass only if the caller confirms it.

    The check has compared the canary record, so the system is the same under another name: that name is kept beside the
    stored identity, which stays."""
    known = identities.load_identity()
    if known is None:
        identities.save_identity(Identity(*now))
    elif not _is_named(known, now):
        if not new_identity:
            raise _differs(known, now)
        identities.save_confirmed(*now)


def require_pin(name: str, host_keys: Sequence[str]) -> None:
    """Pass where a host key is pinned; only ``connection check`` works without one (operator contract, section 2)."""
    if not host_keys:
        raise ConfigurationError(
            f"connections.{name}.stampli.host_keys is empty: no host key is pinned",
            fix=f"Run `ml-connector connection check {name}`, compare the key it shows with Stampli's, and pin it.",
            stage="host_key",
            code="settings.no_host_key",
            at="settings",
        )


def _is_named(known: Identity, now: Place) -> bool:
    names = [(known.url, known.tenant, known.company), *([known.confirmed] if known.confirmed else [])]
    return any(_same(name, now) for name in names)


def _same(known: Place, now: Place) -> bool:
    def normal(place: Place) -> Place:
        return place[0].rstrip("/").lower(), place[1].lower(), place[2]

    return normal(known) == normal(now)


def _differs(known: Identity, now: Place) -> ConfigurationError:
    names = ("acumatica.url", "acumatica.tenant", "stampli.company")
    stored = (known.url, known.tenant, known.company)
    told = "; ".join(
        f"{name} was {before!r} and is now {after!r}"
        for name, before, after in zip(names, stored, now, strict=True)
        if before != after
    )
    return ConfigurationError(
        f"The settings name another system than the one this connection was first checked with: {told}",
        fix="Set it back, or use another connection name for another company. If it is the same system under a new"
        " name, run `ml-connector connection check NAME --new-identity`.",
        stage="settings",
        code="settings.identity_differs",
        at="settings",
    )
