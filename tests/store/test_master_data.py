"""Snapshot and sent feeds come back exactly, whatever is in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ml_connector.clock import SimulatedClock
from ml_connector.domain.values.bill import BillKey
from ml_connector.domain.values.feeds import Alarm, CellChange, FeedState, HeldFeed, RowChange
from ml_connector.domain.values.master_data import (
    Account,
    AttributeValue,
    Branch,
    Combination,
    CostCode,
    InventoryItem,
    OrderDraft,
    PaymentTerms,
    PostPeriod,
    Project,
    ProjectTask,
    PurchaseOrder,
    PurchaseOrderLine,
    Segment,
    SegmentValue,
    Snapshot,
    Subaccount,
    TaxCategory,
    Vendor,
    VendorLocation,
)
from ml_connector.domain.values.records import SentFeed
from ml_connector.domain.values.renames import Rename
from ml_connector.store.audit import AuditRepository
from ml_connector.store.database import Database
from ml_connector.store.master_data import MasterDataRepository
from tests.builders import a_vendor
from tests.store.records import NAME, NOW, a_note, hash_of

ORDER = PurchaseOrder(
    order_type="Normal",
    order_number="PO-0001",
    vendor_id="V000000012",
    status="Open",
    record_id="po-guid",
    lines=(
        PurchaseOrderLine(1, Decimal("3.000000"), Decimal("428.166667"), Decimal("1284.50"), billed_amount=None),
        PurchaseOrderLine(2, Decimal("1E+3"), Decimal("0.0001"), Decimal("0.10"), closed=False),
    ),
    order_date=date(2026, 10, 1),
    total=Decimal("1284.60"),
    modified_at=NOW,
)
FULL = Snapshot(
    read_at=NOW,
    vendors={"V000000012": Vendor("V000000012", "Bäcker & Söhne", "Active", "v-guid", is_1099=True, modified_at=NOW)},
    accounts={"6100": Account("6100", "Concrete", "Expense", True, "a-guid", control=None)},
    subaccounts={"0110000": Subaccount("0110000", "Yard", True, "s-guid")},
    branches={"MAIN": Branch("MAIN", "Main", True, "HRB", "USD")},
    terms={"N30": PaymentTerms("N30", "Net 30", for_vendors=False)},
    segments=(Segment(1, "Yard", 2, (SegmentValue("01", "Main", True),)), Segment(2, "Crew", 3)),
    projects={"P1": Project("P1", "Pier", "Active", "p-guid", visible_in_ap=None)},
    tasks={("P1", "02"): ProjectTask("P1", "02", "Piles", "Active", "t-guid", type="Cost")},
    cost_codes={"03-100": CostCode("03-100", "Forms", "c-guid")},
    combinations=(Combination("P1", "02", None, "SUB"), Combination("P1", "02", "03-100", "SUB")),
    tax_categories={"TAXABLE": TaxCategory("TAXABLE", "Goods", True, "x-guid", NOW)},
    vendor_locations=(VendorLocation("V000000012", "WEST", "West yard", True, city="Utica"),),
    attribute_values=(AttributeValue("REGION", "01", "North", active=True),),
    items={"HAUL": InventoryItem("HAUL", "Hauling", "No Purchases", "i-guid")},
    purchase_orders={("Normal", "PO-0001"): ORDER},
    drafts=(OrderDraft(BillKey("Bill", "1"), "Normal", "PO-0001", 1, Decimal("1.50"), None, "typed"),),
    subcontracts={("Subcontract", "SC-1"): replace(ORDER, order_type="Subcontract", order_number="SC-1")},
    periods=(PostPeriod("2026-11", "Open", False, date(2026, 11, 1), date(2026, 11, 30)),),
    gaps={"branches": "no way to read them"},
    compared_at=NOW - timedelta(hours=5),
    renames=(Rename("task", "01", "02", "t-guid", NOW, project="P1", reused=True),),
)


@pytest.fixture
def master_data(database: Database, clock: SimulatedClock) -> MasterDataRepository:
    return MasterDataRepository(database, NAME, clock)


def test_a_snapshot_comes_back_whole(master_data: MasterDataRepository) -> None:
    assert master_data.load_snapshot() is None
    master_data.save_snapshot(FULL)
    kept = master_data.load_snapshot()
    assert kept == FULL
    assert master_data.load_renames() == FULL.renames
    assert kept is not None and kept.purchase_orders is not None
    assert repr(kept.purchase_orders["Normal", "PO-0001"]) == repr(ORDER)


def test_a_collection_that_cannot_be_read_stays_unread_and_an_empty_one_empty(
    master_data: MasterDataRepository,
) -> None:
    master_data.save_snapshot(FULL)
    bare = Snapshot(
        read_at=NOW + timedelta(hours=1), subaccounts=None, projects={}, periods=None, gaps={"tasks": "off"}
    )
    master_data.save_snapshot(bare)
    assert master_data.load_snapshot() == bare


def test_records_that_were_read_later_are_kept_with_their_snapshot_alone(master_data: MasterDataRepository) -> None:
    master_data.extend_snapshot(FULL)
    assert master_data.load_snapshot() is None
    master_data.save_snapshot(FULL)
    late = replace(FULL, vendors={**FULL.vendors, "V9": Vendor("V9", "Late", "Active", "v9")}, purchase_orders={})
    master_data.extend_snapshot(late)
    assert master_data.load_snapshot() == late
    master_data.extend_snapshot(replace(FULL, read_at=NOW - timedelta(minutes=9)))
    assert master_data.load_snapshot() == late


def test_the_keys_of_a_sent_feed_are_there_without_its_rows(master_data: MasterDataRepository) -> None:
    assert master_data.load_sent_keys("vendors") is None
    master_data.save_sent(sent("vendors", V1={"VendorID": "V1"}, V2={"VendorID": "V2"}), a_note())
    master_data.save_sent(sent("accounts"), a_note())
    assert master_data.load_sent_keys("vendors") == frozenset({"V1", "V2"})
    assert master_data.load_sent_keys("accounts") == frozenset()


def sent(feed: str = "vendors", **rows: dict[str, str]) -> SentFeed:
    """A feed as it was handed over."""
    return SentFeed(feed, rows, hash_of(str(rows)), f"{feed}_20261124T093000Z.csv", NOW)


def test_a_sent_feed_is_replaced_whole_with_one_entry(
    master_data: MasterDataRepository, database: Database, clock: SimulatedClock
) -> None:
    assert master_data.load_sent("vendors") is None
    first = sent(V2={"VendorID": "V2", "VendorName": "Zeta"}, V1={"VendorID": "V1", "VendorName": ""})
    master_data.save_sent(first, a_note("feed.sent", "vendors"))
    master_data.save_sent(sent("accounts"), a_note("feed.sent", "accounts"))
    kept = master_data.load_sent("vendors")
    assert kept == first
    assert kept is not None and [list(kept.rows), list(kept.rows["V2"])] == [["V2", "V1"], ["VendorID", "VendorName"]]
    second = sent(V3={"VendorID": "V3"})
    master_data.save_sent(second, a_note("feed.sent", "vendors"))
    assert (master_data.load_sent("vendors"), master_data.load_sent("accounts")) == (second, sent("accounts"))
    entries = list(AuditRepository(database, NAME, clock).load_entries())
    assert [entry.note.subject for entry in entries] == ["vendors", "accounts", "vendors"]


def test_master_data_of_another_connection_is_not_there(
    master_data: MasterDataRepository, database: Database, clock: SimulatedClock
) -> None:
    master_data.save_snapshot(FULL)
    master_data.save_sent(sent(V1={"VendorID": "V1"}), a_note())
    other = MasterDataRepository(database, "pier", clock)
    assert (other.load_snapshot(), other.load_sent("vendors")) == (None, None)
    other.save_snapshot(replace(FULL, vendors={}))
    other.save_sent(sent(V9={"VendorID": "V9"}), a_note())
    assert (master_data.load_snapshot(), master_data.load_sent("vendors")) == (FULL, sent(V1={"VendorID": "V1"}))


def test_how_stampli_stands_with_a_feed_comes_back_exactly(master_data: MasterDataRepository) -> None:
    assert (master_data.load_feed_state("vendors"), master_data.load_sent_heads()) == (FeedState(), {})
    alarm = Alarm("rows", "PROJECT", "3 of 10 would disappear", ("PROJECT|J1",))
    change = RowChange("PROJECT|J1", "changed", (CellChange("Active", "true", "false"),))
    held = HeldFeed(NOW, (alarm,), 1, 2, 3, (change,), accepted_by="kim", accepted_at=NOW, accepted_reason="year end")
    master_data.save_feed_state("dimensions", FeedState(NOW, held), a_note())
    assert master_data.load_feed_state("dimensions") == FeedState(NOW, held)
    master_data.save_feed_state("dimensions", FeedState(NOW), None)
    assert (master_data.load_feed_state("dimensions"), master_data.load_feed_state("vendors")) == (
        FeedState(NOW),
        FeedState(),
    )


def test_what_was_last_sent_of_each_feed_is_told_without_its_rows(master_data: MasterDataRepository) -> None:
    master_data.save_sent(sent("vendors", a={"x": "1"}, b={"x": "2"}), a_note())
    master_data.save_sent(sent("accounts"), a_note())
    heads = master_data.load_sent_heads()
    assert {feed: (head.feed, head.rows) for feed, head in heads.items()} == {
        "vendors": ("vendors", 2),
        "accounts": ("accounts", 0),
    }
    assert heads["vendors"].sent_at == sent().sent_at


def test_very_many_vendors_come_back_in_their_order(master_data: MasterDataRepository) -> None:
    vendors = {f"V{number}": a_vendor(f"V{number}", f"Vendor {number}") for number in range(4_500, 0, -1)}
    master_data.save_snapshot(replace(FULL, vendors=vendors))
    kept = master_data.load_snapshot()
    assert kept is not None
    assert list(kept.vendors.items()) == list(vendors.items())
    fewer = dict(list(vendors.items())[:2_500])
    master_data.extend_snapshot(replace(FULL, vendors=fewer))
    late = master_data.load_snapshot()
    assert late == replace(FULL, vendors=fewer)
    master_data.save_snapshot(replace(FULL, vendors={}))
    again = master_data.load_snapshot()
    assert again is not None and again.vendors == {}


def test_very_many_rows_that_were_sent_come_back_in_their_order(master_data: MasterDataRepository) -> None:
    rows = {f"V{number}": {"VendorID": f"V{number}", "City": ""} for number in range(4_500, 0, -1)}
    master_data.save_sent(replace(sent(), rows=rows), a_note("feed.sent", "vendors"))
    kept = master_data.load_sent("vendors")
    assert kept is not None
    assert list(kept.rows.items()) == list(rows.items())
