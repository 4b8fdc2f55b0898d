"""The firm of the scenarios: everything is released when verified, closed months go to the next open one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.firm import Firm, running_firm


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """The fixture of `scenarios.md`, the product set up and nothing done yet."""
    with running_firm(tmp_path) as running:
        yield running
