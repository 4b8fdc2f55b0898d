"""The rows of the feeds we write: what may be picked, what may no longer be and why, and what cannot be read now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.values.master_data import (
    CostCode,
    OrderDraft,
    Project,
    PurchaseOrder,
    PurchaseOrderLine,
    Snapshot,
    Subaccount,
)
from ml_connector.domain.values.records import FeedRow
from ml_connector.layouts.shipped import load_shipped_layout
from ml_connector.layouts.writer import render_rows
from ml_connector.stampli.master_files import render_master_rows
from ml_connector.stampli.master_rows.ledgers import split_segments
from tests.builders import ORDERS, a_snapshot, a_vendor, an_account

FIRST, SECOND, THIRD = "2026-10-14", "2026-10-15", "2026-10-16"
STANDARD = load_shipped_layout("standard-csv")
Texts = Mapping[str, FeedRow]


def texts(feed: str, snapshot: Snapshot, sent: Texts | None = None, *, today: str = FIRST) -> Texts:
    """The rows as they are written."""
    rows = render_master_rows(feed, snapshot, sent or {}, today=today, segments=(2, 3, 2))
    return dict(zip(rows, render_rows(STANDARD, feed, rows.values()), strict=True))


def cells(row: FeedRow, *names: str) -> tuple[str, ...]:
    """Some cells of a row."""
    return tuple(row[name] for name in names)


# Vendors.


def test_every_vendor_is_written_with_the_status_that_coding_allows_it() -> None:
    rows = texts("vendors", a_snapshot())
    wanted = {
        "V10005": ("Active", "false", "", ""),
        "V10006": ("Inactive", "true", "on hold", FIRST),
        "V10007": ("Active", "true", "", ""),
        "V10008": ("Inactive", "false", "inactive", FIRST),
        "V10011": ("Active", "false", "", ""),
    }
    found = {key: cells(rows[key], "Status", "PaymentsOnHold", "InactiveReason", "InactiveOn") for key in wanted}
    assert found == wanted
    assert list(rows) == sorted(rows)


def test_the_ap_account_is_never_offered_for_coding() -> None:
    rows = texts("vendors", a_snapshot(vendors={"V1": a_vendor("V1", "One", ap_account="20000")}))
    assert cells(rows["V1"], "DefaultAccount", "DefaultSubaccount") == ("", "")
    assert "20000" not in rows["V1"].values()


@pytest.mark.parametrize(
    ("account", "subaccount", "offered"),
    [
        ("61000", "0110000", ("61000", "01-100-00")),
        ("61000", "01-100-00", ("61000", "01-100-00")),
        ("61500", "0115000", ("", "")),
        ("20000", "9999999", ("", "")),
        (None, None, ("", "")),
    ],
    ids=["plain", "masked", "inactive", "not for coding", "none"],
)
def test_a_vendors_default_is_offered_where_it_may_be_picked(
    account: str | None, subaccount: str | None, offered: tuple[str, str]
) -> None:
    vendor = a_vendor("V1", "One", default_account=account, default_subaccount=subaccount)
    rows = texts("vendors", a_snapshot(vendors={"V1": vendor}))
    assert cells(rows["V1"], "DefaultAccount", "DefaultSubaccount") == offered


def test_a_default_stays_while_accounts_cannot_be_read() -> None:
    vendors = {"V1": a_vendor("V1", "One", default_account="61000", default_subaccount="0110000")}
    first = texts("vendors", a_snapshot(vendors=vendors))
    assert texts("vendors", a_snapshot(vendors=vendors, accounts={}, subaccounts=None), first) == first


@pytest.mark.parametrize("kind", ["tax agency", "labor union"])
def test_who_is_no_trade_vendor_is_not_offered(kind: str) -> None:
    rows = texts("vendors", a_snapshot(vendors={"V1": a_vendor("V1", "Revenue Service", other_kind=kind)}))
    assert cells(rows["V1"], "Status", "InactiveReason", "InactiveOn") == ("Inactive", kind, FIRST)


def test_the_day_of_an_inactivation_is_the_day_it_was_first_seen() -> None:
    active, held = (a_snapshot(vendors={"V1": a_vendor("V1", "One", status)}) for status in ("Active", "On Hold"))
    first = texts("vendors", active)
    second = texts("vendors", held, first, today=SECOND)
    third = texts("vendors", held, second, today=THIRD)
    assert cells(third["V1"], "Status", "InactiveOn") == ("Inactive", SECOND)
    assert third == second
    assert cells(texts("vendors", active, third, today=THIRD)["V1"], "Status", "InactiveOn") == ("Active", "")


def test_a_vendor_that_is_gone_stays_with_a_reason_and_the_day() -> None:
    first = texts("vendors", a_snapshot(vendors={"V1": a_vendor("V1", "One")}))
    second = texts("vendors", a_snapshot(vendors={}), first, today=SECOND)
    assert cells(second["V1"], "VendorName", "Status", "InactiveReason", "InactiveOn") == (
        "One",
        "Inactive",
        "no longer in Acumatica",
        SECOND,
    )
    assert texts("vendors", a_snapshot(vendors={}), second, today=THIRD) == second


# Accounts and subaccounts.


def test_only_accounts_that_may_be_picked_are_written_at_first() -> None:
    rows = texts("accounts", a_snapshot())
    assert set(rows) == {"15000", "50100", "50200", "50300", "61000", "61200", "61300"}
    assert cells(rows["50100"], "Active", "RequiresProject") == ("true", "true")
    assert cells(rows["61000"], "Active", "RequiresProject") == ("true", "false")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"active": False}, "inactive"),
        ({"control": True}, "reserved for the subledger"),
        ({"cash_account": True}, "cash account"),
        ({"type": "Liability"}, "not an expense or asset account"),
        (None, "no longer in Acumatica"),
    ],
)
def test_an_account_that_may_no_longer_be_picked_says_why_and_since_when(change: Any, reason: str) -> None:
    account = an_account("61000", "Utilities")
    first = texts("accounts", a_snapshot(accounts={"61000": account}))
    later = a_snapshot(accounts={} if change is None else {"61000": replace(account, **change)})
    second = texts("accounts", later, first, today=SECOND)
    assert cells(second["61000"], "Active", "InactiveReason", "InactiveOn") == ("false", reason, SECOND)
    assert texts("accounts", later, second, today=THIRD) == second
    back = texts("accounts", a_snapshot(accounts={"61000": account}), second, today=THIRD)
    assert cells(back["61000"], "Active", "InactiveReason", "InactiveOn") == ("true", "", "")


def test_a_subaccount_that_may_no_longer_be_picked_turns_inactive_and_has_no_place_for_a_reason() -> None:
    subaccount = Subaccount("01-100-00", "Office", active=True, record_id="id")
    first = texts("subaccounts", a_snapshot(subaccounts={"01-100-00": subaccount}))
    assert first["01-100-00"] == {
        "SubaccountID": "01-100-00",
        "Description": "Office",
        "Active": "true",
        "Segment1": "01",
        "Segment2": "100",
        "Segment3": "00",
        "Segment4": "",
        "Segment5": "",
        "Segment6": "",
    }
    for gone in ({}, {"01-100-00": replace(subaccount, active=False)}):
        second = texts("subaccounts", a_snapshot(subaccounts=gone), first, today=SECOND)
        assert second == {"01-100-00": {**first["01-100-00"], "Active": "false"}}


@pytest.mark.parametrize(
    ("code", "lengths", "segments"),
    [
        ("01-100-00", (), ("01", "100", "00")),
        ("01.100/00 5", (), ("01", "100", "00", "5")),
        ("0110000", (2, 3, 2), ("01", "100", "00")),
        ("0110000", (), ("0110000",)),
        ("0110000", (2, 3), ("0110000",)),
        ("01-100-00", (2, 2), ("01", "100", "00")),
    ],
)
def test_segments_come_from_separators_else_from_the_customers_lengths(
    code: str, lengths: tuple[int, ...], segments: tuple[str, ...]
) -> None:
    assert split_segments(code, lengths) == segments


# Dimensions.


def test_dimensions_hold_what_may_be_picked_each_under_its_parent() -> None:
    rows = texts("dimensions", a_snapshot())
    assert cells(rows["PROJECT|J2401"], "Value", "ParentDimension", "ParentValue", "Level") == (
        "J2401",
        "BRANCH",
        "MAIN",
        "1",
    )
    assert cells(rows["TASK|J2401|01"], "Value", "ParentDimension", "ParentValue", "Level") == (
        "J2401|01",
        "PROJECT",
        "J2401",
        "2",
    )
    values = {key for key in rows if key.startswith("TASK|")}
    assert values == {f"TASK|{task}" for task in ("J2401|01", "J2401|03", "J2401|16", "J2405|01", "J2405|03")}
    assert {"BRANCH|OLD", "PROJECT|J2310", "PROJECT|J2500", "PROJECT|J2600", "COSTCODE|02-999"} & set(rows) == set()


def test_the_tasks_of_a_completed_project_turn_inactive_with_it() -> None:
    first = texts("dimensions", a_snapshot())
    projects = dict(a_snapshot().projects or {})
    projects["J2401"] = replace(projects["J2401"], status="Completed")
    second = texts("dimensions", a_snapshot(projects=projects), first, today=SECOND)
    found = {key: cells(row, "Active", "InactiveReason", "InactiveOn") for key, row in second.items() if "J2401" in key}
    assert found == {
        "PROJECT|J2401": ("false", "completed", SECOND),
        "TASK|J2401|01": ("false", "project completed", SECOND),
        "TASK|J2401|03": ("false", "project completed", SECOND),
        "TASK|J2401|16": ("false", "project completed", SECOND),
    }
    assert len(second) == len(first), "no row disappears"


@pytest.mark.parametrize(
    ("collection", "dimension"),
    [("branches", "BRANCH"), ("projects", "PROJECT"), ("tasks", "TASK"), ("cost_codes", "COSTCODE")],
)
def test_a_dimension_that_cannot_be_read_now_stays_as_it_was_sent(collection: str, dimension: str) -> None:
    first = texts("dimensions", a_snapshot())
    unread = texts("dimensions", a_snapshot(**{collection: None}), first, today=SECOND)
    kept = {key: row for key, row in unread.items() if row["Dimension"] == dimension}
    assert kept and kept == {key: row for key, row in first.items() if row["Dimension"] == dimension}


def test_a_project_without_a_branch_has_no_parent() -> None:
    project = Project("J1", "One", "Active", "id-J1")
    rows = texts("dimensions", a_snapshot(projects={"J1": project}, tasks={}, branches={}, cost_codes={}))
    assert cells(rows["PROJECT|J1"], "ParentDimension", "ParentValue") == ("", "")


def test_a_cost_code_whose_state_is_not_told_may_be_picked() -> None:
    codes = {"01": CostCode("01", "General", "id-01")}
    rows = texts("dimensions", a_snapshot(cost_codes=codes, projects={}, tasks={}, branches={}))
    assert list(rows) == ["COSTCODE|01"]


# Purchase orders.

KEY = "Normal|PO-003135|000001"


def an_order(**members: Any) -> dict[tuple[str, str], PurchaseOrder]:
    """The rental order of the scenarios; members of its line by name."""
    order = ORDERS[0]
    line = replace(order.lines[0], **members)
    return {(order.order_type, order.order_number): replace(order, lines=(line,))}


def test_an_order_line_tells_what_can_be_billed_now() -> None:
    billed = {"billed_quantity": Decimal(1), "billed_amount": Decimal("6450.00")}
    rows = texts("purchase_orders", a_snapshot(purchase_orders=an_order(**billed)))
    assert cells(rows[KEY], "OrderQuantity", "UnitCost", "ExtendedCost", "BilledQuantity", "BilledAmount") == (
        "3",
        "6450.00",
        "19350.00",
        "1",
        "6450.00",
    )
    assert cells(rows[KEY], "OpenQuantity", "OpenAmount", "Closed") == ("2", "12900.00", "false")


@pytest.mark.parametrize(
    ("members", "open_"),
    [
        (
            {"billing_basis": "receipt", "received_quantity": Decimal(2), "billed_quantity": Decimal("0.5")},
            ("1.5", "9675.00"),
        ),
        ({"billing_basis": "receipt", "received_quantity": Decimal(1), "billed_quantity": Decimal(2)}, ("0", "0.00")),
        ({"billing_basis": "receipt", "received_quantity": None}, ("", "")),
        ({"billing_basis": None}, ("", "")),
        ({"billed_quantity": None}, ("", "")),
        ({"billed_amount": None}, ("3", "")),
        ({"billed_quantity": Decimal(4), "billed_amount": Decimal(99999)}, ("0", "0.00")),
    ],
)
def test_what_is_open_is_told_only_where_it_is_known(members: dict[str, Any], open_: tuple[str, str]) -> None:
    rows = texts("purchase_orders", a_snapshot(purchase_orders=an_order(**members)))
    assert cells(rows[KEY], "OpenQuantity", "OpenAmount") == open_


def test_figures_finer_than_the_feed_are_rounded() -> None:
    fine = {"unit_cost": Decimal("0.12345678"), "extended_cost": Decimal("1.00016")}
    rows = texts("purchase_orders", a_snapshot(purchase_orders=an_order(**fine)))
    assert cells(rows[KEY], "UnitCost", "ExtendedCost") == ("0.123457", "1.0002")


def test_a_line_that_was_billed_meanwhile_is_closed_and_says_so() -> None:
    first = texts("purchase_orders", a_snapshot(purchase_orders=an_order()))
    done = {
        "closed": True,
        "billed_quantity": Decimal(3),
        "billed_amount": Decimal("19350.00"),
        "unbilled_quantity": Decimal(0),
        "unbilled_amount": Decimal(0),
    }
    orders = {key: replace(order, status="Completed") for key, order in an_order(**done).items()}
    row = texts("purchase_orders", a_snapshot(purchase_orders=orders), first, today=SECOND)[KEY]
    assert cells(row, "Status", "BilledAmount", "OpenQuantity", "OpenAmount", "Closed") == (
        "Completed",
        "19350.00",
        "0",
        "0.00",
        "true",
    )


def test_an_order_that_is_gone_stays_closed() -> None:
    first = texts("purchase_orders", a_snapshot(purchase_orders=an_order()))
    second = texts("purchase_orders", a_snapshot(purchase_orders={}), first, today=SECOND)
    assert cells(second[KEY], "OpenQuantity", "OpenAmount", "Closed") == ("0", "0.00", "true")
    assert texts("purchase_orders", a_snapshot(purchase_orders={}), second, today=THIRD) == second


def test_a_subcontract_is_written_beside_the_orders_and_each_stays_while_it_cannot_be_read() -> None:
    (order,) = an_order().values()
    subcontract = replace(order, order_type="Subcontract", order_number="SC-000045")
    both = a_snapshot(subcontracts={("Subcontract", "SC-000045"): subcontract})
    first = texts("purchase_orders", both)
    assert list(first) == [KEY, "Subcontract|SC-000045|000001"]
    assert first["Subcontract|SC-000045|000001"]["OrderType"] == "Subcontract"
    for unread in (replace(both, purchase_orders=None), replace(both, subcontracts=None)):
        assert texts("purchase_orders", unread, first, today=SECOND) == first
    gone = texts("purchase_orders", a_snapshot(subcontracts={}), first, today=SECOND)
    assert [row["Closed"] for row in gone.values()] == ["false", "true"]


def test_what_is_open_is_net_of_drafts_and_empty_where_these_cannot_be_read() -> None:
    draft = OrderDraft(None, "Normal", "PO-003135", 1, Decimal("6450.00"), Decimal(1))
    received = {"billing_basis": "receipt", "received_quantity": Decimal(2)}
    for members, quantity, amount in (({}, "2", "12900.00"), (received, "1", "6450.00")):
        snapshot = a_snapshot(purchase_orders=an_order(**members), drafts=(draft, replace(draft, line_number=2)))
        row = texts("purchase_orders", snapshot)[KEY]
        assert cells(row, "OpenQuantity", "OpenAmount") == (quantity, amount)
    unread = texts("purchase_orders", a_snapshot(purchase_orders=an_order(), drafts=None))
    assert cells(unread[KEY], "OpenQuantity", "OpenAmount") == ("", "")


def test_a_line_that_could_never_be_billed_is_not_written() -> None:
    order = ORDERS[0]
    text = PurchaseOrderLine(2, Decimal(0), Decimal(0), Decimal(0), line_type="Description")
    blanket = replace(order, order_type="Blanket", order_number="BL-1")
    orders = {
        ("Normal", order.order_number): replace(order, lines=(*order.lines, text)),
        ("Blanket", "BL-1"): blanket,
        ("Normal", "PO-H"): replace(order, order_number="PO-H", status="On Hold"),
    }
    assert list(texts("purchase_orders", a_snapshot(purchase_orders=orders))) == [KEY]


def test_a_feed_without_rows_of_master_data_is_a_fault_of_the_caller() -> None:
    with pytest.raises(KeyError):
        render_master_rows("results", a_snapshot(), {}, today=FIRST, segments=())
