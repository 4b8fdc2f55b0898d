"""A small honest Acumatica in memory: bills are created on hold, committed late or twice, refused, finished, typed and
deleted by people. Its books (``bills``) are what is true; the product only sees what the port shows.

A fault is planned for the next call of a kind: raised ``before`` it is done, or ``after``, as a lost answer would be.
So is what somebody else does just then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeVar

from ml_connector.clock import Clock
from ml_connector.domain.values.bill import Bill, BillFiles, BillKey, BillPlan, BillQuery, BillsFound, BillTax
from ml_connector.domain.values.master_data import (
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
    Snapshot,
    Subaccount,
    TaxCategory,
    Vendor,
    VendorLocation,
)
from ml_connector.domain.values.payment import Check
from ml_connector.domain.values.records import RequestCounts
from ml_connector.errors import ConfigurationError, FieldFault, RejectedError, TransientError, UncertainError

T = TypeVar("T")
Side = Literal["before", "after"]
NOT_SENT = TransientError("the server could not be reached", code="acumatica.unreachable")
LOST = UncertainError("no answer came", code="acumatica.no_answer")
REFUSED = RejectedError("Account is inactive", faults=(FieldFault("Details[1].Account", "Account is inactive"),))
LOGGED_OUT = ConfigurationError("the password is refused", code="acumatica.sign_in_refused")
_PAYABLE = frozenset({"Balanced", "Open", "Closed"})


@dataclass(slots=True)
class _Event:
    """What happens at one call: somebody acts, the server works late, the call fails."""

    side: Side
    error: BaseException | None = None
    act: Callable[[], object] | None = None
    late_seconds: float | None = None


@dataclass(slots=True)
class Late:
    """A request the server works on although nobody waits for its answer any more."""

    due_at: datetime
    work: Callable[[], object]


@dataclass
class InMemoryErp:
    """Fits ``flows.ports.Erp``. Switches: ``approvals`` (off hold leads to Pending Approval), ``refuse_duplicates``
    (the server's own check of the reference), ``honours_hold`` (False: a bill is Balanced at once), ``tax`` (what it
    computes, None: what was stated), ``may_set_tax``, ``answers_lines`` (off hold is answered with the whole bill),
    ``lists_lines`` (lists show lines where asked), ``seen_in_lists`` (what lists show of that bill instead)."""

    clock: Clock
    master: Snapshot
    approvals: bool = False
    refuse_duplicates: bool = False
    honours_hold: bool = True
    tax: Decimal | None = None
    may_set_tax: bool = True
    answers_lines: bool = True
    lists_lines: bool = True
    bills: dict[BillKey, Bill] = field(default_factory=dict)
    checks: dict[tuple[str, str], Check] = field(default_factory=dict)
    journal: list[tuple[str, str]] = field(default_factory=list)
    hidden: set[BillKey] = field(default_factory=set)
    seen_in_lists: dict[BillKey, Bill] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    attached: dict[BillKey, list[tuple[str, bytes]]] = field(default_factory=lambda: defaultdict(list))
    _events: dict[str, list[_Event]] = field(default_factory=lambda: defaultdict(list))
    _late: list[Late] = field(default_factory=list)
    _changes: dict[BillKey, tuple[Bill, datetime]] = field(default_factory=dict)
    _number: int = 0

    # What tests plan and people do.

    def fail(self, call: str, error: BaseException, *, side: Side = "before", times: int = 1) -> None:
        """The next ``times`` calls of that kind end in the error, done (``after``) or not done (``before``)."""
        self._events[call] += [_Event(side, error) for _ in range(times)]

    def meanwhile(
        self, call: str, act: Callable[[], object], *, side: Side = "before", error: BaseException | None = None
    ) -> None:
        """Somebody acts just before the next call of that kind, or just after it was done; then it may fail as well."""
        self._events[call].append(_Event(side, error, act))

    def lose_late(self, call: str, seconds: float) -> None:
        """The answer of the next such call is lost, and the server does it only after those seconds."""
        self._events[call].append(_Event("before", LOST, late_seconds=seconds))

    def type_bill(self, vendor: str, reference: str, amount: str = "1284.37", status: str = "Open") -> BillKey:
        """A person books an invoice by hand."""
        key = self._next_key("Bill")
        self.bills[key] = Bill(
            key, f"guid-{key.number}", status, status == "On Hold", vendor, reference, Decimal(amount), "by hand"
        )
        return key

    def change(self, key: BillKey, **members: object) -> None:
        """A person changes a bill: its status, its hold, a field."""
        bill = replace(self.bills[key], **members)  # type: ignore[arg-type]
        self.bills[key] = replace(bill, hold=bill.status == "On Hold")

    def delete(self, key: BillKey) -> None:
        """A person deletes a bill."""
        del self.bills[key]

    def copy_of(self, key: BillKey, status: str = "On Hold") -> BillKey:
        """A proxy plays the request of that bill once more: another bill with the same mark."""
        copy = self._next_key(key.type)
        bill = self.bills[key]
        self.bills[copy] = replace(bill, key=copy, id=f"guid-{copy.number}", status=status, hold=status == "On Hold")
        return copy

    def calm(self) -> None:
        """Nothing that was planned happens any more; late requests still come."""
        self._events.clear()

    def with_mark(self, mark: str) -> list[Bill]:
        """The truth: every bill that carries a mark, late ones that are due included."""
        self._commit_due()
        return [bill for bill in self.bills.values() if bill.description.startswith(mark) and bill.status != "Voided"]

    def payable(self, mark: str) -> list[Bill]:
        """The truth: those of them on which money may leave."""
        return [bill for bill in self.with_mark(mark) if bill.status in _PAYABLE]

    def calls(self, kind: str) -> list[str]:
        """What calls of that kind were about, in order."""
        return [about for call, about in self.journal if call == kind]

    # The port.

    def fetch_vendors(self, held: Mapping[str, Vendor] | None = None) -> tuple[Vendor, ...]:
        known = held or {}

        def unless_changed(vendor: Vendor) -> Vendor:
            same = known.get(vendor.vendor_id)
            return same if same is not None and same.modified_at == vendor.modified_at else vendor

        return self._call("vendors", "", lambda: tuple(map(unless_changed, self.master.vendors.values())))

    def fetch_vendor(self, vendor_id: str) -> Vendor | None:
        return self._call("vendor", vendor_id, lambda: self.master.vendors.get(vendor_id))

    def fetch_vendor_locations(self) -> tuple[VendorLocation, ...] | Gap:
        return self._collection("vendor locations", lambda: self.master.vendor_locations or ())

    def fetch_accounts(self) -> tuple[Account, ...]:
        return self._call("accounts", "", lambda: tuple(self.master.accounts.values()))

    def fetch_subaccounts(self) -> tuple[Subaccount, ...] | Gap:
        return self._collection("subaccounts", (self.master.subaccounts or {}).values)

    def fetch_branches(self) -> tuple[Branch, ...] | Gap:
        return self._collection("branches", (self.master.branches or {}).values)

    def fetch_projects(self) -> tuple[Project, ...] | Gap:
        return self._collection("projects", (self.master.projects or {}).values)

    def fetch_tasks(self) -> tuple[ProjectTask, ...] | Gap:
        return self._collection("tasks", (self.master.tasks or {}).values)

    def fetch_cost_codes(self) -> tuple[CostCode, ...] | Gap:
        return self._collection("cost codes", (self.master.cost_codes or {}).values)

    def fetch_combinations(self) -> tuple[Combination, ...] | Gap:
        return self._collection("combinations", lambda: self.master.combinations or ())

    def fetch_tax_categories(self) -> tuple[TaxCategory, ...] | Gap:
        return self._collection("tax categories", (self.master.tax_categories or {}).values)

    def fetch_items(self) -> tuple[InventoryItem, ...] | Gap:
        return self._collection("items", (self.master.items or {}).values)

    def fetch_attribute_values(self) -> tuple[AttributeValue, ...] | Gap:
        return self._collection("attributes", lambda: self.master.attribute_values or ())

    def fetch_periods(self) -> tuple[PostPeriod, ...] | Gap:
        return self._collection("periods", lambda: self.master.periods or ())

    def fetch_purchase_orders(self, about: int = 0) -> tuple[PurchaseOrder, ...] | Gap:
        return self._collection("purchase orders", (self.master.purchase_orders or {}).values)

    def fetch_subcontracts(self, about: int = 0) -> tuple[PurchaseOrder, ...] | Gap:
        return self._collection("subcontracts", (self.master.subcontracts or {}).values)

    def fetch_order_drafts(self) -> tuple[OrderDraft, ...] | Gap:
        def drafts() -> Iterable[OrderDraft]:
            for bill in self.bills.values():
                if bill.status in ("On Hold", "Balanced", "Pending Approval", "Rejected") and bill.key.type == "Bill":
                    for line in bill.lines or ():
                        if line.po_number and line.po_line is not None:
                            yield OrderDraft(
                                bill.key,
                                line.po_type or "",
                                line.po_number,
                                line.po_line,
                                line.amount,
                                line.quantity,
                                bill.description,
                            )

        return self._collection("drafts on orders", drafts)

    def fetch_billed_figures(self, orders: Sequence[PurchaseOrder]) -> tuple[PurchaseOrder, ...] | Gap:
        return self._collection("billed figures", lambda: orders)

    def fetch_terms(self) -> tuple[PaymentTerms, ...] | Gap:
        return self._collection("terms", (self.master.terms or {}).values)

    def fetch_segments(self, *, with_values: bool) -> tuple[Segment, ...] | Gap:
        return self._collection("segments", lambda: self.master.segments or ())

    def fetch_purchase_order(self, order_type: str, order_number: str) -> PurchaseOrder | None:
        orders = self.master.orders
        return self._call("purchase order", order_number, lambda: orders.get((order_type, order_number)))

    def fetch_any_bill(self) -> BillKey | None:
        return self._call("any bill", "", lambda: next(iter(self.bills), None))

    def look_bills(self, queries: Sequence[BillQuery], witness: BillKey | None, *, lines: bool = False) -> BillsFound:
        found = self._call("look", ",".join(query.marker for query in queries), lambda: self._look(queries, witness))
        return replace(found, bills=tuple(self._listed(bill, lines=lines) for bill in found.bills))

    def fetch_bills_like(
        self, vendors: Sequence[str], references: Sequence[str], *, since: date, witness: BillKey | None
    ) -> tuple[Bill, ...]:
        def read() -> tuple[Bill, ...]:
            numbers = {reference.casefold() for reference in references}
            return tuple(
                replace(bill, lines=None, taxes=None)
                for bill in self.bills.values()
                if (bill.vendor in vendors or bill.vendor_ref.casefold() in numbers)
                and (bill.dated_on is None or bill.dated_on >= since)
            )

        return self._call("alike", ",".join(vendors), read)

    def fetch_bill(self, key: BillKey) -> Bill | None:
        return self._call("bill", str(key), lambda: self.bills.get(key))

    def fetch_changed_bills(self, since: datetime) -> tuple[Bill, ...]:
        def listed() -> tuple[Bill, ...]:
            shown = [self._dated(bill) for key, bill in self.bills.items() if key not in self.hidden]
            return tuple(bill for bill in shown if bill.modified_at is not None and bill.modified_at > since)

        return self._call("changed", str(since), listed)

    def fetch_bills(self, keys: Sequence[BillKey]) -> tuple[Bill, ...]:
        return self._call(
            "bills", ",".join(map(str, keys)), lambda: tuple(self.bills[key] for key in keys if key in self.bills)
        )

    def prepare_write(self, plan: BillPlan | None = None) -> None:
        self._call("prepare", "", lambda: None)

    def create_bill(self, plan: BillPlan) -> Bill:
        return self._call("create", plan.marker, lambda: self._create(plan))

    def set_bill_taxes(self, key: BillKey, taxes: Sequence[BillTax]) -> None:
        self._call("taxes", str(key), lambda: self._set_taxes(key, taxes))

    def change_bill(self, key: BillKey, plan: BillPlan, seen: Bill) -> Bill:
        return self._call("change", str(key), lambda: self._change(key, plan, seen))

    def take_bill_off_hold(self, key: BillKey) -> Bill:
        return self._call("off hold", str(key), lambda: self._off_hold(key))

    def describe_bill(self, key: BillKey, description: str) -> None:
        def describe() -> None:
            self.bills[key] = replace(self._existing(key), description=description)

        self._call("describe", str(key), describe)

    def release_bill(self, key: BillKey) -> None:
        self._call("release", str(key), lambda: self._release(key))

    def fetch_bill_files(self, key: BillKey) -> BillFiles | None:
        def listed() -> BillFiles | None:
            return BillFiles(tuple(name for name, _ in self.attached[key])) if key in self.bills else None

        return self._call("files", str(key), listed)

    def attach_file(self, key: BillKey, files: BillFiles, name: str, content: bytes) -> None:
        self._call("attach", name, lambda: self.attached[key].append((name, content)))

    def fetch_check_headers(self, modified_since: datetime | None) -> tuple[Check, ...]:
        def listed() -> tuple[Check, ...]:
            return tuple(
                replace(check, applications=())
                for check in self.checks.values()
                if modified_since is None or check.modified_at is None or check.modified_at > modified_since
            )

        return self._call("checks", str(modified_since), listed)

    def fetch_check(self, check_type: str, number: str) -> Check | None:
        return self._call("check", number, lambda: self.checks.get((check_type, number)))

    def request_counts(self) -> RequestCounts:
        return RequestCounts(sent=len(self.journal))

    def about(self, invoice_id: str | None) -> None:
        """Nothing: requests are not kept by invoice here."""

    # What the server does.

    def _call(self, kind: str, about: str, work: Callable[[], T]) -> T:
        self._commit_due()
        self.journal.append((kind, about))
        event = self._events[kind].pop(0) if self._events[kind] else _Event("before")
        if event.late_seconds is not None:
            self._late.append(Late(self.clock.now() + timedelta(seconds=event.late_seconds), work))
        if event.side == "before":
            _happen(event)
        done = work()
        if event.side == "after":
            _happen(event)
        return done

    def _dated(self, bill: Bill) -> Bill:
        """The header with the time of its last change: when it was first looked at after that."""
        before, _ = self._changes.get(bill.key, (None, self.clock.now()))
        if before != bill:
            self._changes[bill.key] = (bill, self.clock.now())
        return replace(bill, lines=None, taxes=None, modified_at=self._changes[bill.key][1])

    def _commit_due(self) -> None:
        due = [late for late in self._late if late.due_at <= self.clock.now()]
        self._late = [late for late in self._late if late not in due]
        for late in due:
            late.work()

    def _collection(self, name: str, values: Callable[[], Iterable[T]]) -> tuple[T, ...] | Gap:
        return self._call(name, "", lambda: Gap(self.gaps[name]) if name in self.gaps else tuple(values()))

    def _next_key(self, kind: str) -> BillKey:
        self._number += 1
        return BillKey(kind, f"{self._number:06d}")

    def _create(self, plan: BillPlan) -> Bill:
        if self.refuse_duplicates and any(
            (bill.vendor, bill.vendor_ref) == (plan.vendor, plan.vendor_ref) for bill in self.bills.values()
        ):
            raise RejectedError("a document with this reference exists", faults=(FieldFault("VendorRef", "exists"),))
        stated = plan.stated_tax or Decimal(0)
        tax = stated if self.tax is None else self.tax
        amount = plan.amount - stated + tax
        key = self._next_key(plan.type)
        self.bills[key] = Bill(
            key=key,
            id=f"guid-{key.number}",
            status="On Hold" if self.honours_hold else "Balanced",
            hold=self.honours_hold,
            vendor=plan.vendor,
            vendor_ref=plan.vendor_ref,
            amount=amount,
            description=plan.description,
            dated_on=plan.dated_on,
            post_period=plan.post_period,
            due_on=plan.due_on,
            terms=plan.terms,
            currency=plan.currency,
            branch=plan.branch,
            balance=amount,
            tax_total=tax,
            lines=plan.lines,
            taxes=(BillTax("SALES", plan.amount - stated, tax),) if tax else (),
        )
        return self.bills[key]

    def _look(self, queries: Sequence[BillQuery], witness: BillKey | None) -> BillsFound:
        shown = {key: bill for key, bill in self.bills.items() if key not in self.hidden}
        found = tuple(
            bill for bill in shown.values() if bill.key == witness or any(_matches(bill, query) for query in queries)
        )
        return BillsFound(found, witness is None or witness in shown)

    def _listed(self, bill: Bill, *, lines: bool) -> Bill:
        seen = self.seen_in_lists.get(bill.key, bill)
        return replace(seen, lines=seen.lines if lines and self.lists_lines else None, taxes=None)

    def _set_taxes(self, key: BillKey, taxes: Sequence[BillTax]) -> None:
        if not self.may_set_tax:
            raise ConfigurationError("this version cannot", code="acumatica.no_tax_override")
        bill = self.bills[key]
        total = sum((tax.amount for tax in taxes), Decimal(0))
        amount = bill.amount - (bill.tax_total or Decimal(0)) + total
        self.bills[key] = replace(bill, taxes=tuple(taxes), tax_total=total, amount=amount, balance=amount)

    def _change(self, key: BillKey, plan: BillPlan, seen: Bill) -> Bill:
        bill = self._existing(key)
        if bill.status != "On Hold":
            raise RejectedError(f"a document with status {bill.status} cannot be changed")
        self.bills[key] = replace(
            bill,
            vendor_ref=plan.vendor_ref,
            amount=plan.amount,
            balance=plan.amount,
            description=plan.description,
            dated_on=plan.dated_on,
            post_period=plan.post_period,
            terms=plan.terms,
            branch=plan.branch,
            tax_total=plan.stated_tax,
            lines=plan.lines,
        )
        return self.bills[key]

    def _off_hold(self, key: BillKey) -> Bill:
        bill = self._existing(key)
        if bill.status == "On Hold":
            status = "Pending Approval" if self.approvals else "Balanced"
            self.bills[key] = replace(bill, status=status, hold=False)
        return self.bills[key] if self.answers_lines else replace(self.bills[key], lines=None, taxes=None)

    def _release(self, key: BillKey) -> None:
        bill = self._existing(key)
        if bill.status != "Balanced":
            raise RejectedError(f"a document with status {bill.status} cannot be released")
        self.bills[key] = replace(bill, status="Open")

    def _existing(self, key: BillKey) -> Bill:
        if key not in self.bills:
            raise RejectedError("the record is not there any more")
        return self.bills[key]


def _happen(event: _Event) -> None:
    if event.act is not None:
        event.act()
    if event.error is not None:
        raise event.error.with_traceback(None)


def _matches(bill: Bill, query: BillQuery) -> bool:
    same = (bill.vendor.casefold(), bill.vendor_ref.casefold()) == (
        query.vendor.casefold(),
        query.vendor_ref.casefold(),
    )
    return same or bill.description.startswith(query.marker)
