"""Of a long list of vendors only what changed is read again; none is lost, none that is gone stays (4.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx2

from ml_connector.domain.values.master_data import Vendor
from tests.wire.acumatica.stub import NOW, Opened, Scripted, failed, opened, said, wrapped

COUNT = 3_001
OLD = NOW - timedelta(days=90)
NEWEST = NOW - timedelta(days=3)
NO_ENTITY = "PX.Api.ContractBased.NoEntitySatisfiesTheConditionException"


def by_key(number: int) -> str:
    return f"V{number:06d}"


@dataclass
class VendorBook:
    """The vendors of a site by record, and what it makes of a filter by date: the rows that match, or an answer."""

    vendors: dict[str, tuple[str, str, datetime]] = field(default_factory=dict)
    by_date: Callable[[list[dict[str, object]]], httpx2.Response] = lambda rows: said(200, rows)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vendors = {f"id-{n}": (by_key(n), f"Vendor {n}", OLD) for n in range(1, COUNT + 1)}
        self.vendors["id-1"] = (by_key(1), "Vendor 1", NEWEST)

    def rows(self, wanted: Callable[[str, datetime], bool]) -> list[dict[str, object]]:
        return [
            wrapped(id=record, VendorID=key, VendorName=name, LastModifiedDateTime=at.isoformat(), MainContact={})
            for record, (key, name, at) in self.vendors.items()
            if wanted(key, at)
        ]

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        options = httpx2.QueryParams(request.url.query)
        clause, last = options.get("$filter", ""), request.url.path.rpartition("/")[2]
        if last != "Vendor":
            self.asked.append(last)
            found = self.rows(lambda key, _: key == last)
            return said(200, found[0]) if found else failed("No entity satisfies the condition.", NO_ENTITY)
        self.asked.append("date" if "datetimeoffset" in clause else "range" if "$expand" in options else "keys")
        if "datetimeoffset" in clause:
            since = datetime.fromisoformat(clause.split("'")[1])
            return self.by_date(self.rows(lambda _, at: at > since))
        low = clause.partition("gt '")[2].partition("'")[0]
        high = clause.partition("le '")[2].partition("'")[0] or "~"
        return said(200, self.rows(lambda key, _: low < key <= high))

    def open(self) -> Opened:
        wire = Scripted()
        for path in ("Vendor", *(f"Vendor/{key}" for key, _, _ in self.vendors.values()), "Vendor/NEW"):
            wire.on("GET", path, self.answer)
        return opened(wire)


def read(book: VendorBook, held: dict[str, Vendor] | None = None) -> dict[str, Vendor]:
    book.asked.clear()
    return {vendor.vendor_id: vendor for vendor in book.open().erp.fetch_vendors(held)}


def kinds(book: VendorBook) -> list[str]:
    return list(dict.fromkeys(book.asked))


def change_four(book: VendorBook) -> None:
    """One renamed, one new key for the same record, one gone, one new: each with the date the server gives it."""
    book.vendors["id-7"] = (by_key(7), "Renamed", NOW)
    book.vendors["id-8"] = ("V000008B", "Vendor 8", NOW)
    del book.vendors["id-9"]
    book.vendors["id-new"] = ("NEW", "New", NOW)


def test_what_changed_is_new_or_is_gone_is_seen_without_reading_the_rest() -> None:
    """acumatica_api.md 4.4."""
    book = VendorBook()
    held = read(book)
    change_four(book)
    now = read(book, held)

    assert kinds(book) == ["keys", "date"]
    assert now == read(book)
    assert (now[by_key(7)].name, by_key(8) in now, by_key(9) in now, now["NEW"].name) == (
        "Renamed",
        False,
        False,
        "New",
    )


def test_what_changed_a_day_before_the_newest_change_is_read_again_whatever_its_date_says() -> None:
    """acumatica_api.md 4.4."""
    book = VendorBook()
    held = read(book)
    book.vendors["id-1"] = (by_key(1), "Changed twice in one tick", NEWEST)
    now = read(book, held)

    assert (now[by_key(1)].name, kinds(book)) == ("Changed twice in one tick", ["keys", "date"])


def test_a_change_that_moves_no_date_is_seen_when_nothing_held_is_passed() -> None:
    """acumatica_api.md 4.4."""
    book = VendorBook()
    held = read(book)
    book.vendors["id-50"] = (by_key(50), "Moved house", OLD)

    assert read(book, held)[by_key(50)].name == "Vendor 50"
    assert read(book)[by_key(50)].name == "Moved house"


def test_rows_that_a_filter_by_date_keeps_back_are_read_by_their_keys() -> None:
    """acumatica_api.md 4.4."""
    book = VendorBook(by_date=lambda _: said(200, []))
    held = read(book)
    change_four(book)
    now = read(book, held)

    assert (kinds(book), by_key(7) in book.asked) == (["keys", "date", by_key(1), by_key(7), "V000008B", "NEW"], True)
    assert now == read(book)


def test_all_is_read_where_the_site_cannot_filter_by_date() -> None:
    book = VendorBook(by_date=lambda _: failed("Type conversions not supported"))
    held = read(book)
    change_four(book)
    now = read(book, held)

    assert (now["NEW"].name, by_key(9) in now, "range" in kinds(book)) == ("New", False, True)


def test_all_is_read_where_very_much_changed_or_no_date_is_shown() -> None:
    book = VendorBook()
    held = read(book)
    for number in range(1, 1_500):
        book.vendors[f"id-{number}"] = (by_key(number), "Changed", NOW)
    assert (read(book, held)[by_key(1_000)].name, kinds(book)) == ("Changed", ["keys", "range"])

    undated = {key: Vendor(key, vendor.name, "", vendor.record_id) for key, vendor in held.items()}
    assert (read(book, undated)[by_key(1_000)].name, kinds(book)) == ("Changed", ["keys", "range"])


def test_a_clock_that_once_ran_far_ahead_hides_no_change() -> None:
    book = VendorBook()
    book.vendors["id-2"] = (by_key(2), "From the future", NOW + timedelta(days=4_000))
    held = read(book)
    change_four(book)

    assert read(book, held) == read(book)


def test_a_short_list_is_always_read_whole() -> None:
    book = VendorBook()
    book.vendors = dict(list(book.vendors.items())[:3_000])
    held = read(book)
    book.vendors["id-50"] = (by_key(50), "Moved house", OLD)

    assert read(book, held)[by_key(50)].name == "Moved house"
