"""Each test of the suite on each ground; the sandbox only where the environment names one, and only for reading."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conformance.grounds import Ground, in_memory, on_the_sandbox, on_the_twin, sandbox_missing


@pytest.fixture(scope="module", params=["memory", "twin"])
def booking(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A ground on which bills may be made."""
    with in_memory() if request.param == "memory" else on_the_twin() as ground:
        yield ground


@pytest.fixture(scope="module", params=["memory", "twin", *([] if sandbox_missing(os.environ) else ["sandbox"])])
def reading(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A ground that may be read."""
    with ExitStack() as stack:
        if request.param == "memory":
            yield stack.enter_context(in_memory())
        elif request.param == "twin":
            yield stack.enter_context(on_the_twin())
        else:
            erp = stack.enter_context(on_the_sandbox())
            yield Ground("sandbox", erp, erp.fetch_any_bill())
