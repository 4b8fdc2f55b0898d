"""Vendors are read by their dates of change for a day, then whole again; a reading that fails changes nothing."""

from __future__ import annotations

from dataclasses import replace

from ml_connector.errors import RejectedError
from ml_connector.flows.master_data.read_master_data import fetch_master_data
from tests.flows.in_memory.house import House, a_house

HOUR = 3600.0


def edit_quietly(house: House, vendor_id: str, city: str) -> None:
    """A change that does not move the vendor's date of change, as of an address."""
    vendors = dict(house.erp.master.vendors)
    vendors[vendor_id] = replace(vendors[vendor_id], city=city)
    house.erp.master = replace(house.erp.master, vendors=vendors)


def city_after(house: House, hours: float, vendor_id: str) -> str | None:
    """The city in the next reading so much later."""
    house.clock.sleep(hours * HOUR)
    return fetch_master_data(house.context()).snapshot.vendors[vendor_id].city


def test_the_first_reading_of_a_day_trusts_no_date_of_change() -> None:
    house = a_house()
    [vendor_id, *_] = house.erp.master.vendors
    began = house.clock.now()
    fetch_master_data(house.context())
    edit_quietly(house, vendor_id, "Utica")

    # From nine in the morning to just before midnight, New York time.
    assert [city_after(house, hours, vendor_id) for hours in (0, 12, 2.9)] == [None, None, None]
    assert house.master_data.snapshot is not None and house.master_data.snapshot.compared_at == began
    assert city_after(house, 0.2, vendor_id) == "Utica"
    assert house.master_data.snapshot.compared_at == house.clock.now()


def test_after_the_clock_went_back_no_date_of_change_is_trusted() -> None:
    house = a_house()
    [vendor_id, *_] = house.erp.master.vendors
    fetch_master_data(house.context())
    edit_quietly(house, vendor_id, "Utica")
    kept = house.master_data.snapshot
    assert kept is not None and kept.compared_at is not None
    house.master_data.snapshot = replace(kept, compared_at=kept.compared_at.replace(year=2030))

    assert city_after(house, 0, vendor_id) == "Utica"


def test_a_reading_that_fails_keeps_the_snapshot_and_the_time_of_the_whole_one() -> None:
    house = a_house()
    fetch_master_data(house.context())
    before = house.master_data.snapshot
    house.clock.sleep(30 * HOUR)
    house.erp.fail("vendors", RejectedError("no access to the screen"))

    assert list(fetch_master_data(house.context()).failed) == ["vendors"]
    assert house.master_data.snapshot == before
