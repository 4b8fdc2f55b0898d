"""Read a tenant's master data whole: one step a collection, one snapshot at the end. Of a long list of vendors, those
whose date of change is the same may be taken from the last snapshot until the first reading of the next day: not every
change moves that date (``acumatica_api.md 4.4``).

A collection that failed is told by its error and leaves the last snapshot as it was: a partial read is never taken for
the whole. Nothing is written to Stampli here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from ml_connector.clock import day_in_zone
from ml_connector.domain.codes.renames import find_renames
from ml_connector.domain.values.master_data import Gap, PurchaseOrder, Snapshot
from ml_connector.errors import ConnectorError, RejectedError, UncertainError
from ml_connector.flows.context import FlowContext

T = TypeVar("T")
K = TypeVar("K")
_COLLECTIONS = 17
Orders = Mapping[tuple[str, str], PurchaseOrder]


@dataclass(frozen=True, slots=True)
class MasterDataRead:
    """The snapshot of this reading; ``failed`` names collections that could not be read, their values then being
    absent."""

    snapshot: Snapshot
    failed: Mapping[str, ConnectorError]


def fetch_master_data(context: FlowContext) -> MasterDataRead:
    """Read every collection; keep the snapshot where all came whole. A TransientError or ConfigurationError passes: the
    system is not in a state to be read."""
    reading, now = _Reading(context), context.clock.now()
    last = context.master_data.load_snapshot()
    before = last if _is_to_build_on(context, last, now) else None
    fetch_vendors = partial(context.erp.fetch_vendors, None if before is None else before.vendors)
    # Whole subaccounts are published or one list a segment, never both (``ap_domain.md 2.3``).
    by_segment = "subaccounts" not in context.exchange.feeds()
    # The longest list first: a shorter answer after it is seen to be whole without another question.
    vendors = reading.keyed("vendors", fetch_vendors, lambda vendor: vendor.vendor_id) or {}
    # Before the orders: a bill that is released in between is counted twice once, never not at all.
    drafts = reading.whole("drafts on orders", context.erp.fetch_order_drafts)
    orders = _fetch_orders(reading, context, last)
    snapshot = Snapshot(
        read_at=now,
        compared_at=now if before is None else before.compared_at,
        vendors=vendors,
        accounts=reading.keyed("accounts", context.erp.fetch_accounts, lambda account: account.account_id) or {},
        subaccounts=reading.keyed("subaccounts", context.erp.fetch_subaccounts, lambda sub: sub.subaccount_id),
        branches=reading.keyed("branches", context.erp.fetch_branches, lambda branch: branch.branch_id),
        projects=reading.keyed("projects", context.erp.fetch_projects, lambda project: project.project_id),
        tasks=reading.keyed("tasks", context.erp.fetch_tasks, lambda task: (task.project_id, task.task_id)),
        cost_codes=reading.keyed("cost codes", context.erp.fetch_cost_codes, lambda code: code.cost_code_id),
        purchase_orders=orders.of_purchasing,
        subcontracts=orders.of_construction,
        drafts=drafts,
        periods=reading.whole("periods", context.erp.fetch_periods),
        terms=reading.keyed("terms", context.erp.fetch_terms, lambda terms: terms.terms_id),
        segments=reading.whole("segments", partial(context.erp.fetch_segments, with_values=by_segment)),
        **_fetch_feeds_own(reading, context),
        gaps=reading.gaps,
    )
    snapshot = replace(snapshot, renames=find_renames(last, snapshot))
    if not reading.failed:
        context.master_data.save_snapshot(snapshot)
    return MasterDataRead(snapshot, reading.failed)


def _fetch_feeds_own(reading: _Reading, context: FlowContext) -> dict[str, Any]:
    """What no rule asks of, only where its feed is on."""
    feeds, found = context.exchange.feeds(), dict[str, Any]()
    if "vendors" in feeds:
        found["vendor_locations"] = reading.whole("vendor locations", context.erp.fetch_vendor_locations)
    if "dimensions" in feeds:
        found["tax_categories"] = reading.keyed(
            "tax categories", context.erp.fetch_tax_categories, lambda category: category.tax_category_id
        )
        found["items"] = reading.keyed("items", context.erp.fetch_items, lambda item: item.inventory_id)
        found["attribute_values"] = reading.whole("attributes", context.erp.fetch_attribute_values)
    if "combinations" in feeds:
        found["combinations"] = reading.whole("combinations", context.erp.fetch_combinations)
    return found


@dataclass(frozen=True, slots=True)
class _Orders:
    """Purchase orders and subcontracts, None where these cannot be read."""

    of_purchasing: Orders | None
    of_construction: Orders | None


def _fetch_orders(reading: _Reading, context: FlowContext, last: Snapshot | None) -> _Orders:
    """The orders with what was billed of their lines, asked for apart where it did not come with them."""
    counts = [len(known or ()) for known in (last and last.purchase_orders, last and last.subcontracts)]
    purchasing = reading.keyed("purchase orders", partial(context.erp.fetch_purchase_orders, counts[0]), _key_of)
    construction = reading.keyed("subcontracts", partial(context.erp.fetch_subcontracts, counts[1]), _key_of)
    both = {**(purchasing or {}), **(construction or {})}
    if all(line.billed_quantity is not None for order in both.values() for line in order.lines):
        return _Orders(purchasing, construction)
    filled = reading.figures(tuple(both.values())) or both
    return _Orders(*(known and {key: filled[key] for key in known} for known in (purchasing, construction)))


def _key_of(order: PurchaseOrder) -> tuple[str, str]:
    return order.order_type, order.order_number


def _is_to_build_on(context: FlowContext, last: Snapshot | None, now: datetime) -> bool:
    """Not at the first reading of a day, which is at night where passes come hourly, nor where the clock went back."""
    if last is None or last.compared_at is None or now < last.compared_at:
        return False
    return day_in_zone(last.compared_at, context.terms.time_zone) == context.today()


def load_fresh_snapshot(context: FlowContext, age_max: timedelta) -> MasterDataRead:
    """The last snapshot where it is younger than ``age_max``, else a new reading."""
    snapshot = context.master_data.load_snapshot()
    if snapshot is not None and _age(snapshot, context.clock.now()) < age_max:
        return MasterDataRead(snapshot, {})
    return fetch_master_data(context)


def _age(snapshot: Snapshot, now: datetime) -> timedelta:
    return now - snapshot.read_at


class _Reading:
    """Collects gaps and failures while the collections are read one after the other."""

    def __init__(self, context: FlowContext) -> None:
        self._context = context
        self._count = 0
        self.gaps: dict[str, str] = {}
        self.failed: dict[str, ConnectorError] = {}

    def whole(self, name: str, fetch: Callable[[], tuple[T, ...] | Gap]) -> tuple[T, ...] | None:
        """The collection, None where it is a gap or failed."""
        self._count += 1
        self._context.progress.report(f"Reading {name} from Acumatica", self._count, _COLLECTIONS)
        try:
            answer = self._context.steps.step(f"read {name}", fetch, repeatable=True)
        except (RejectedError, UncertainError) as error:
            self.failed[name] = error
            return None
        if isinstance(answer, Gap):
            self.gaps[name] = answer.reason
            return None
        return answer

    def keyed(self, name: str, fetch: Callable[[], tuple[T, ...] | Gap], key: Callable[[T], K]) -> dict[K, T] | None:
        """The collection by key, None where it is a gap or failed."""
        answer = self.whole(name, fetch)
        return None if answer is None else _by_key(answer, key)

    def figures(self, orders: tuple[PurchaseOrder, ...]) -> Orders | None:
        """The orders by key with their billed figures, None where that is a gap or failed."""
        fetch = partial(self._context.erp.fetch_billed_figures, orders)
        return self.keyed("billed figures", fetch, _key_of)


def _by_key(records: Iterable[T], key: Callable[[T], K]) -> dict[K, T]:
    return {key(record): record for record in records}
