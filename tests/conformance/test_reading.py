"""What every port of the ERP promises of reading, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ml_connector.domain.values.bill import BillKey, BillQuery
from ml_connector.domain.values.master_data import Gap
from ml_connector.flows.ports import Erp
from tests.conformance.grounds import Ground

Fetch = Callable[[Erp], object]
COLLECTIONS: dict[str, Fetch] = {
    "subaccounts": lambda erp: erp.fetch_subaccounts(),
    "branches": lambda erp: erp.fetch_branches(),
    "projects": lambda erp: erp.fetch_projects(),
    "tasks": lambda erp: erp.fetch_tasks(),
    "cost codes": lambda erp: erp.fetch_cost_codes(),
    "combinations": lambda erp: erp.fetch_combinations(),
    "tax categories": lambda erp: erp.fetch_tax_categories(),
    "items": lambda erp: erp.fetch_items(),
    "periods": lambda erp: erp.fetch_periods(),
    "purchase orders": lambda erp: erp.fetch_purchase_orders(),
}


def test_a_listed_vendor_is_the_same_when_asked_for_alone(reading: Ground) -> None:
    listed = reading.erp.fetch_vendors()
    assert listed
    first = listed[0]
    alone = reading.erp.fetch_vendor(first.vendor_id)

    assert alone is not None
    assert (alone.vendor_id, alone.name, alone.status) == (first.vendor_id, first.name, first.status)


def test_no_vendor_and_no_account_is_listed_twice(reading: Ground) -> None:
    vendors = [vendor.vendor_id.casefold() for vendor in reading.erp.fetch_vendors()]
    accounts = [account.account_id.casefold() for account in reading.erp.fetch_accounts()]

    assert (len(vendors), len(accounts)) == (len(set(vendors)), len(set(accounts)))


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_collection_is_whole_or_a_gap_with_its_reason(reading: Ground, name: str) -> None:
    found = COLLECTIONS[name](reading.erp)

    assert isinstance(found, tuple) or (isinstance(found, Gap) and found.reason)


def test_what_is_not_there_is_none(reading: Ground) -> None:
    erp = reading.erp
    assert erp.fetch_vendor("NOSUCHVEN") is None
    assert erp.fetch_bill(BillKey("Bill", "NOSUCHBILL")) is None
    assert erp.fetch_purchase_order("Normal", "NOSUCHPO") is None
    assert erp.fetch_check("Payment", "NOSUCHCK") is None


def test_a_look_up_for_nothing_shows_the_witness_and_nothing_else(reading: Ground) -> None:
    if reading.witness is None:
        pytest.skip("this tenant has no bill")
    query = BillQuery("NOSUCHVEN", "no such reference 'x'", "SXNOSUCHMARKER")
    found = reading.erp.look_bills([query], reading.witness)

    assert found.witness_seen
    assert [bill.key for bill in found.bills if bill.key != reading.witness] == []


def test_a_witness_that_is_not_there_is_not_seen(reading: Ground) -> None:
    query = BillQuery("NOSUCHVEN", "no such reference", "SXNOSUCHMARKER")

    assert not reading.erp.look_bills([query], BillKey("Bill", "NOSUCHBILL")).witness_seen


def test_no_payment_is_modified_after_the_end_of_days(reading: Ground) -> None:
    assert reading.erp.fetch_check_headers(datetime(2099, 1, 1, tzinfo=UTC)) == ()


def test_every_request_is_counted(reading: Ground) -> None:
    before = reading.erp.request_counts().sent
    reading.erp.fetch_any_bill()

    assert reading.erp.request_counts().sent > before
