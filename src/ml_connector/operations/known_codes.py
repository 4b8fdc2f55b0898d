"""The connection's last snapshot of master data as codes by the member they would fill. Reads our own records only."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ml_connector.domain.values.master_data import Snapshot
from ml_connector.layouts.inference.interview import Known


def known_of(load_snapshot: Callable[[], Snapshot | None], zone: str) -> Known:
    """What the connection knows; nothing but its time zone before the first pass of master data."""
    snapshot = load_snapshot()
    if snapshot is None:
        return Known(zone=zone)
    vendors = snapshot.vendors.values()
    orders = snapshot.orders.values()
    lines = [line for order in orders for line in order.lines]
    subaccounts = list(snapshot.subaccounts or ())
    codes: dict[str, Iterable[str | None]] = {
        "vendor_id": snapshot.vendors,
        "vendor_name": (each.name for each in vendors),
        "account": snapshot.accounts,
        "subaccount": (*subaccounts, *(each.replace("-", "") for each in subaccounts)),
        "branch": snapshot.branches or (),
        "project": snapshot.projects or (),
        "task": (task for _, task in snapshot.tasks or ()),
        "cost_code": snapshot.cost_codes or (),
        "po_number": (each.order_number for each in orders),
        "inventory_id": (each.inventory_id for each in lines),
        "terms": (each.terms for each in vendors),
    }
    return Known({member: frozenset(text for text in texts if text) for member, texts in codes.items()}, zone)
