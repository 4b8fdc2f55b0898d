"""A twin of Acumatica for each test module, as new for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ml_connector.acumatica.erp import AcumaticaErp
from ml_connector_twins.acumatica.instance import SiteOptions
from ml_connector_twins.acumatica.server import RunningTwin, running_acumatica
from tests.wire.acumatica.twin import OpenTwin, TwinCase


@pytest.fixture(scope="module")
def site() -> Iterator[RunningTwin]:
    """One running site a module, with a virtual directory."""
    with running_acumatica("small", options=SiteOptions(virtual_directory="/AcumaticaERP")) as running:
        yield running


@pytest.fixture
def twin(site: RunningTwin) -> Iterator[OpenTwin]:
    """Opens edges on the freshly reset site and closes them at the end."""
    site.control.call("POST", "reset", {"firm": "small"})
    opened: list[AcumaticaErp] = []

    def open_twin(**given: object) -> TwinCase:
        case = TwinCase.open(site, given)
        opened.append(case.erp)
        return case

    yield open_twin
    for erp in opened:
        erp.close()


Opener = Callable[..., TwinCase]
