"""When a collection that cannot be read is a Gap of this tenant and not a failure (pure)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ml_connector.acumatica.wire.refusals import ForbiddenError, ReadFault
from ml_connector.domain.values.master_data import Gap

T = TypeVar("T")


def or_gap(what: str, fetch: Callable[[], T]) -> T | Gap:
    """What ``fetch`` gives, or a Gap where the feature is off, not set up, not allowed or not served (4.5)."""
    try:
        return fetch()
    except ForbiddenError:
        return Gap(f"{what} cannot be read: the feature is off, or the Acumatica user has no rights to it")
    except ReadFault as fault:
        if fault.is_set_up_missing:
            return Gap(f"{what} cannot be read: the feature was never set up in this tenant")
        if fault.is_absent:
            return Gap(f"{what} cannot be read: the endpoint does not serve them")
        raise
