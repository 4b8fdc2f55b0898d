"""The sample firm: the fixture of ``scenarios.md``, with or without the volumes of its scenario 31.

Data and the order in which it is entered; no rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ml_connector_twins.acumatica.firm.jobs import add_jobs
from ml_connector_twins.acumatica.firm.large import add_large
from ml_connector_twins.acumatica.firm.orders import add_orders
from ml_connector_twins.acumatica.firm.setup import add_setup
from ml_connector_twins.acumatica.firm.vendors import add_vendors
from ml_connector_twins.acumatica.firm.volume import add_volume
from ml_connector_twins.acumatica.records.books import Books

FIRMS: Mapping[str, tuple[Callable[[Books], None], ...]] = {
    "empty": (add_setup,),
    "small": (add_setup, add_vendors, add_jobs, add_orders),
    "full": (add_setup, add_vendors, add_jobs, add_orders, add_volume),
    "large": (add_setup, add_vendors, add_jobs, add_orders, add_volume, add_large),
}
"""The firms by name: ``empty`` has the chart of accounts alone, ``small`` the fixture, ``full`` the volumes too,
``large`` very many vendors and order lines."""


def build_firm(name: str, books: Books) -> Books:
    """The books with the named firm entered; raises KeyError for an unknown name."""
    for add in FIRMS[name]:
        add(books)
    return books
