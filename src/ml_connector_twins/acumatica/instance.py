"""One running Acumatica site: its tenants, credentials, sessions, faults and the log of its requests.

Holds them together; behaviour lives in the rooms below.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from ml_connector_twins.acumatica.faults import FaultBook
from ml_connector_twins.acumatica.firm import build_firm
from ml_connector_twins.acumatica.records.books import Books, Clock
from ml_connector_twins.acumatica.switches import Switches, SwitchValue


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """How the site is set up; ``virtual_directory`` is empty or starts with a slash."""

    firm: str = "full"
    tenants: tuple[str, ...] = ("HRB",)
    virtual_directory: str = ""
    username: str = "connector"
    password: str = "connector-password"
    client_id: str = "8D6E1C3A-0000-0000-0000-000000000000"
    client_secret: str = "connector-secret"
    business_on: date = date(2026, 10, 14)
    seed: int = 20261014
    build: str = "24.208.0017"


@dataclass(slots=True)
class RequestEntry:
    """One request as the site saw it; ``status`` is 0 where the connection was dropped without an answer."""

    index: int
    at: str
    method: str
    path: str
    query: str
    body: str
    counted: bool
    status: int = 0
    session: str = ""
    fault: str = ""
    branch: str = ""


@dataclass(slots=True)
class Site:
    """The site's whole state."""

    options: SiteOptions
    switches: Switches
    clock: Clock
    books: dict[str, Books]
    requests: list[RequestEntry] = field(default_factory=list)
    faults: FaultBook = field(default_factory=FaultBook)
    backup: dict[str, Books] | None = None
    recycles: int = 0

    @property
    def main_books(self) -> Books:
        """The books of the default tenant."""
        return self.books[self.options.tenants[0]]


def open_site(
    options: SiteOptions, positions: Mapping[str, SwitchValue] | None = None, *, firm: str | None = None
) -> Site:
    """A fresh site with the chosen firm in every tenant; ``firm`` builds another one than the options name."""
    switches = Switches(positions)
    clock = Clock()
    books = {
        tenant: build_firm(firm or options.firm, Books(tenant, switches, clock, options.business_on))
        for tenant in options.tenants
    }
    return Site(options, switches, clock, books)


def copied_books(site: Site) -> dict[str, Books]:
    """A copy of every tenant's books that shares the site's clock and switches, as a backup holds it."""
    shared = {id(site.clock): site.clock, id(site.switches): site.switches}
    return copy.deepcopy(site.books, dict(shared))


def reset_site(site: Site, firm: str, positions: Mapping[str, SwitchValue]) -> None:
    """The site as freshly opened with that firm: new books, default switches, no faults, an empty log."""
    fresh = open_site(replace(site.options, firm=firm), positions)
    site.options, site.switches, site.clock, site.books = fresh.options, fresh.switches, fresh.clock, fresh.books
    site.requests.clear()
    site.faults.clear()
    site.backup = None
