"""Conservation: what files held is on record to the cent, and what is not shows with its figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ml_connector.domain.protocol.conservation import Conserved, FileTold, conserve, signed_total
from ml_connector.domain.values.money import Money
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from tests.store.records import a_record, an_invoice

DAY = date(2026, 11, 24)
FILE = "faaaaaaaa"


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def record(name: str, total: str, state: PostingState = PostingState.RECEIVED) -> InvoiceRecord:
    return a_record(f"i{name}", external_id=name, total=total, state=state)


def told(**new: str) -> FileTold:
    return FileTold(FILE, DAY, {f"key of {name}": usd(total) for name, total in new.items()})


def figures(row: Conserved) -> dict[str, tuple[int, str]]:
    """The tallies that hold anything."""
    tallies = (("read", row.read), *row.fates.items(), ("lost", row.lost))
    return {name: (each.count, str(each.total)) for name, each in tallies if each.count or each.total}


def test_every_document_is_counted_where_it_is_now() -> None:
    records = [
        record("A", "10.00", PostingState.DONE),
        record("B", "20.00", PostingState.LINKED),
        record("C", "30.00", PostingState.CLOSED),
        record("D", "40.01", PostingState.PERSON),
    ]

    (row,) = conserve(
        [replace(told(A="10.00", B="20.00", C="30.00", D="40.01"), known=(usd("5.00"), usd("-1.00")))], records
    )

    assert (row.day, row.currency) == (DAY, "USD")
    assert figures(row) == {
        "read": (6, "104.01"),
        "done": (1, "10.00"),
        "linked": (1, "20.00"),
        "closed": (1, "30.00"),
        "open": (1, "40.01"),
        "known": (2, "4.00"),
    }


def test_a_document_that_is_nowhere_is_missing_with_its_amount() -> None:
    (row,) = conserve([told(A="10.00", B="20.00")], [record("A", "10.00")])

    assert figures(row) == {"read": (2, "30.00"), "open": (1, "10.00"), "lost": (1, "20.00")}


def test_a_cent_of_difference_shows() -> None:
    (row,) = conserve([told(A="10.00")], [record("A", "9.99")])

    assert figures(row) == {"read": (1, "10.00"), "open": (1, "9.99"), "lost": (0, "0.01")}


def test_what_a_later_file_replaced_is_known_and_each_day_stands_alone() -> None:
    later = replace(told(A="12.00"), file_id="fbbbbbbbb", day=date(2026, 11, 25))
    newest = record("A", "12.00")
    newest = replace(newest, source=replace(newest.source, file_id="fbbbbbbbb"))

    first, second = conserve([told(A="10.00"), later], [newest])

    assert (figures(first), figures(second)) == (
        {"read": (1, "10.00"), "known": (1, "10.00")},
        {"read": (1, "12.00"), "open": (1, "12.00")},
    )


def test_an_amount_in_another_currency_is_missing_in_its_own() -> None:
    record_in_euro = record("A", "10.00")
    euro = replace(record_in_euro, invoice=replace(record_in_euro.invoice, total=Money(Decimal("10.00"), "EUR")))

    rows = conserve([told(A="10.00")], [euro])

    assert [(row.currency, row.lost.count) for row in rows] == [("EUR", -1), ("USD", 1)]


def test_a_credit_is_negative() -> None:
    invoice = an_invoice(total="7.00")

    assert signed_total(invoice) == usd("7.00")
    assert signed_total(replace(invoice, kind="credit_memo")) == usd("-7.00")
