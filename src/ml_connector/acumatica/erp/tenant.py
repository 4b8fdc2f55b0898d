"""One tenant of Acumatica as the flows ask for it: opened once, signed in on first use, closed at the end.

A list of delegations: what is done stands in the modules it calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial

from ml_connector.acumatica import payments
from ml_connector.acumatica.booking import changes, order_drafts
from ml_connector.acumatica.booking.lists import BillLists
from ml_connector.acumatica.checking.stages import CheckStage, StagedCheck
from ml_connector.acumatica.master_data import budgets, jobs, ledgers, tagging, vendors
from ml_connector.acumatica.master_data.dac import lists, locations, order_figures
from ml_connector.acumatica.master_data.orders import purchase_orders, subcontracts
from ml_connector.acumatica.ports import (
    Wanted,
)
from ml_connector.acumatica.wire.self_test import prove_single_send
from ml_connector.acumatica.wire.session import Session
from ml_connector.acumatica.wire.signing import OAuthSignIn, Redeemable
from ml_connector.acumatica.wire.transport import Transport
from ml_connector.domain.values.bill import Bill, BillFiles, BillKey, BillPlan, BillQuery, BillsFound, BillTax
from ml_connector.domain.values.draft import PlannedWrite
from ml_connector.domain.values.master_data import (
    SUBCONTRACT,
    Account,
    AttributeValue,
    Branch,
    Combination,
    CostCode,
    Gap,
    InventoryItem,
    OrderDraft,
    PaymentTerms,
    PostPeriod,
    Project,
    ProjectTask,
    PurchaseOrder,
    Segment,
    Subaccount,
    TaxCategory,
    Vendor,
    VendorLocation,
)
from ml_connector.domain.values.payment import Check
from ml_connector.domain.values.records import RequestCounts


class AcumaticaErp:
    """Fits the flows' port of the ERP. Every method raises only the five families of ``errors``."""

    def __init__(
        self,
        transport: Transport,
        session: Session,
        parts: StagedCheck,
        *,
        by_code: OAuthSignIn,
        lists: BillLists,
        wanted: Wanted,
    ) -> None:
        self._transport = transport
        self._wanted = wanted
        self._lists = lists
        self._by_code = by_code
        self._session = session
        self._check = parts
        self._client = parts.client
        self._reader = parts.reader
        self._desk = parts.desk
        self._dac = parts.dac
        self._master = parts.master

    def fetch_vendors(self, held: Mapping[str, Vendor] | None = None) -> tuple[Vendor, ...]:
        """All vendors of every status; those of ``held`` that did not change since may be given back as they are."""
        return vendors.fetch_vendors(self._master, held, self._wanted)

    def stream_vendors(self) -> Iterator[Vendor]:
        """All vendors one by one, as they come."""
        return vendors.stream_vendors(self._master)

    def fetch_vendor(self, vendor_id: str) -> Vendor | None:
        """One vendor by its id."""
        return vendors.fetch_vendor(self._master, vendor_id, self._wanted)

    def fetch_vendor_locations(self) -> tuple[VendorLocation, ...] | Gap:
        """Locations of vendors beside their default ones, none where nobody asks for them."""
        return locations.fetch_locations(self._dac) if self._wanted.vendor_locations else ()

    def fetch_accounts(self) -> tuple[Account, ...]:
        """The chart of accounts."""
        return ledgers.fetch_accounts(self._master)

    def fetch_subaccounts(self) -> tuple[Subaccount, ...] | Gap:
        """All subaccounts."""
        return ledgers.fetch_subaccounts(self._master, self._dac)

    def fetch_branches(self) -> tuple[Branch, ...] | Gap:
        """All branches."""
        return ledgers.fetch_branches(self._master, self._client, self._dac)

    def fetch_projects(self) -> tuple[Project, ...] | Gap:
        """All projects."""
        return jobs.fetch_projects(self._master)

    def fetch_tasks(self) -> tuple[ProjectTask, ...] | Gap:
        """All tasks of all projects."""
        return jobs.fetch_tasks(self._master)

    def fetch_cost_codes(self) -> tuple[CostCode, ...] | Gap:
        """All cost codes."""
        return jobs.fetch_cost_codes(self._master)

    def fetch_combinations(self) -> tuple[Combination, ...] | Gap:
        """What the cost budgets of all projects let be charged together."""
        return budgets.fetch_combinations(self._master)

    def fetch_tax_categories(self) -> tuple[TaxCategory, ...] | Gap:
        """All tax categories."""
        return tagging.fetch_tax_categories(self._master)

    def fetch_items(self) -> tuple[InventoryItem, ...] | Gap:
        """All non-stock items."""
        return tagging.fetch_items(self._master)

    def fetch_attribute_values(self) -> tuple[AttributeValue, ...] | Gap:
        """The values of the attributes that the customer codes by."""
        return tagging.fetch_attribute_values(self._master, self._wanted.dimension_attributes)

    def fetch_periods(self) -> tuple[PostPeriod, ...] | Gap:
        """The financial periods of every company."""
        return ledgers.fetch_periods(self._master)

    def fetch_purchase_orders(self, about: int = 0) -> tuple[PurchaseOrder, ...] | Gap:
        """All orders of every status, with lines; ``about`` so many were there last time."""
        return purchase_orders.fetch_purchase_orders(self._master, about)

    def fetch_subcontracts(self, about: int = 0) -> tuple[PurchaseOrder, ...] | Gap:
        """All subcontracts of every status, with lines; ``about`` so many were there last time."""
        return subcontracts.fetch_subcontracts(self._master, about)

    def fetch_order_drafts(self) -> tuple[OrderDraft, ...] | Gap:
        """What unreleased bills take of order lines."""
        return order_drafts.fetch_order_drafts(self._reader)

    def fetch_purchase_order(self, order_type: str, order_number: str) -> PurchaseOrder | None:
        """One order or subcontract by type label and number."""
        if order_type == SUBCONTRACT:
            order = subcontracts.fetch_subcontract(self._master, order_number)
        else:
            order = purchase_orders.fetch_purchase_order(self._master, order_type, order_number)
        if order is None or not order_figures.lacks_figures(order):
            return order
        found = order_figures.fetch_figures(self._dac, (order,))
        return order if isinstance(found, Gap) else found[0]

    def fetch_billed_figures(self, orders: Sequence[PurchaseOrder]) -> tuple[PurchaseOrder, ...] | Gap:
        """The same orders with what was billed of their lines."""
        return order_figures.fetch_figures(self._dac, orders)

    def fetch_terms(self) -> tuple[PaymentTerms, ...] | Gap:
        """All payment terms."""
        return lists.fetch_terms(self._dac)

    def fetch_segments(self, *, with_values: bool) -> tuple[Segment, ...] | Gap:
        """The segments of the subaccount."""
        return lists.fetch_segments(self._dac, with_values=with_values)

    def fetch_any_bill(self) -> BillKey | None:
        """Some bill of the tenant."""
        return self._desk.fetch_any_bill()

    def look_bills(self, queries: Sequence[BillQuery], witness: BillKey | None, *, lines: bool = False) -> BillsFound:
        """All bills that match any query, and the witness; with lines where this site's lists show them."""
        return self._lists.look_bills(queries, witness, lines=lines)

    def fetch_bills_like(
        self, vendors: Sequence[str], references: Sequence[str], *, since: date, witness: BillKey | None
    ) -> tuple[Bill, ...]:
        """Headers of the bills of these vendors, and with these references at any vendor."""
        return self._lists.fetch_bills_like(vendors, references, since=since, witness=witness)

    def fetch_bill(self, key: BillKey) -> Bill | None:
        """One bill by key with lines and taxes."""
        return self._desk.fetch_bill(key)

    def fetch_changed_bills(self, since: datetime) -> tuple[Bill, ...]:
        """Headers of the bills changed after that instant."""
        return changes.fetch_changed_bills(self._reader, since, self._check.clock.now())

    def fetch_bills(self, keys: Sequence[BillKey]) -> tuple[Bill, ...]:
        """Headers of those of these bills that a list shows."""
        return changes.fetch_bills_of(self._reader, keys)

    def describe_bill(self, key: BillKey, description: str) -> None:
        """Another description, by key."""
        self._desk.describe_bill(key, description)

    def sign_in(self) -> None:
        """Sign in now and prove version and tenant, so that later calls need not."""
        self._client.prove()

    def accept_permission(self, given: Redeemable) -> None:
        """Redeem what a person brought back from the browser, seal the refresh token, and prove version and tenant."""
        self._session.open_with(partial(self._by_code.redeem, given))
        self._client.prove()

    def prepare_write(self, plan: BillPlan | None = None) -> None:
        """Sign in and take the next write's room in the minute and its place: called before an intent is recorded, so
        that nothing waits between the intent and its PUT (``posting_protocol.md 4.7``). The first one proves, too,
        that a write is sent once. The instance must still have the fields of ``plan``, where a bill is to be made."""
        prove_single_send()
        if plan is not None:
            self._client.prove()
            self._desk.require_fields(plan)
        self._client.prepare_write()

    def create_bill(self, plan: BillPlan) -> Bill:
        """One PUT, on hold."""
        return self._desk.create_bill(plan)

    def set_bill_taxes(self, key: BillKey, taxes: Sequence[BillTax]) -> None:
        """Set the tax details of a bill on hold."""
        self._desk.set_bill_taxes(key, taxes)

    def change_bill(self, key: BillKey, plan: BillPlan, seen: Bill) -> Bill:
        """Change a bill on hold to the plan, by key."""
        return self._desk.change_bill(key, plan, seen)

    def take_bill_off_hold(self, key: BillKey) -> Bill:
        """Hold false, by key; the bill as answered."""
        return self._desk.take_bill_off_hold(key)

    def release_bill(self, key: BillKey) -> None:
        """The release action, polled to its end."""
        self._desk.release_bill(key)

    def describe_creation(self, plan: BillPlan) -> PlannedWrite:
        """What ``create_bill`` would send."""
        return self._desk.describe_creation(plan)

    def describe_change(self, key: BillKey, plan: BillPlan) -> PlannedWrite:
        """What ``change_bill`` would send."""
        return self._desk.describe_change(key, plan)

    def describe_off_hold(self, key: BillKey) -> PlannedWrite:
        """What ``take_bill_off_hold`` would send."""
        return self._desk.describe_off_hold(key)

    def describe_release(self, key: BillKey) -> PlannedWrite:
        """What ``release_bill`` would send."""
        return self._desk.describe_release(key)

    def fetch_bill_files(self, key: BillKey) -> BillFiles | None:
        """The files on a bill."""
        return self._desk.fetch_bill_files(key)

    def attach_file(self, key: BillKey, files: BillFiles, name: str, content: bytes) -> None:
        """One PUT of one file."""
        self._desk.attach_file(key, files, name, content)

    def fetch_check_headers(self, modified_since: datetime | None) -> tuple[Check, ...]:
        """AP payments without applications, changed after that instant (None: all)."""
        return payments.fetch_check_headers(self._reader, modified_since)

    def fetch_check(self, check_type: str, number: str) -> Check | None:
        """One AP payment with its applications."""
        return payments.fetch_check(self._reader, check_type, number)

    def request_counts(self) -> RequestCounts:
        """Requests sent so far."""
        return self._transport.counts()

    def about(self, invoice_id: str | None) -> None:
        """Requests of this thread are from now on on behalf of that invoice."""
        self._transport.about(invoice_id)

    def check_stages(self, *, probe: bool) -> tuple[CheckStage, ...]:
        """The staged check; it never raises."""
        return self._check.run(probe=probe)

    def choose_canary(self) -> str | None:
        """Choose the canary vendor anew; its id, None where the tenant has no Active vendor."""
        self._client.sign_in()
        return self._client.unproven(self._check.proof.choose)

    def close(self) -> None:
        """Sign out where the session holds a seat, and close every connection."""
        self._session.close()
        self._transport.close()
