"""By which way the lists and figures that no contract tells are read, found anew for a staged check, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ml_connector.acumatica.master_data.dac import order_figures
from ml_connector.acumatica.master_data.dac.classes import BRANCH, ORDER_LINE, SEGMENT, SEGMENT_VALUE, SUBACCOUNT, TERMS
from ml_connector.acumatica.master_data.dac.reading import DacReader
from ml_connector.domain.values.master_data import PurchaseOrder
from ml_connector.errors import ConnectorError

_ASKED = (TERMS, SEGMENT, SEGMENT_VALUE, BRANCH, SUBACCOUNT, ORDER_LINE)
_ELSE = {
    SEGMENT: "by separators or subaccount_segments",
    SEGMENT_VALUE: "by the subaccounts there are",
    BRANCH: "by the company structure or the ledgers",
    SUBACCOUNT: "by the endpoint",
}


def find_ways(dac: DacReader, fetch_sample: Callable[[], Sequence[PurchaseOrder]]) -> list[str]:
    """A sentence a list: ``Payment terms: by DAC OData``, or by what else and why; it forgets what was
    known before. ``fetch_sample`` gives an order or two as the contract shows them."""
    try:
        refusals = dac.rediscover(_ASKED)
        orders = fetch_sample()
    except ConnectorError as error:
        return [f"how other lists can be read could not be found out ({error.message.rstrip('.')})"]
    shown = bool(orders) and not any(order_figures.lacks_figures(order) for order in orders)
    told: list[str] = []
    for each, refusal in refusals.items():
        if each is ORDER_LINE and shown:
            told.append(f"{each.shown}: with the order")
        elif refusal:
            told.append(f"{each.shown}: {_ELSE.get(each, 'not')}, since {refusal}")
        else:
            told.append(f"{each.shown}: by DAC OData")
    # Each pass lists the keys of all records, so that what is gone shows without the tracking an administrator would
    # have to switch on for px.GetDeletedRecords (SM207010).
    return [*told, "Deleted records: by comparing whole lists"]
