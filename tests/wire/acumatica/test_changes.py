"""What the sweep asks of Acumatica: changed bills in one lean read, bills by number, a description by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest

from ml_connector.acumatica.booking.changes import fetch_changed_bills
from ml_connector.acumatica.contract import load_contract
from ml_connector.acumatica.reading import Reader
from ml_connector.acumatica.wire.transport import TOO_LARGE
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.errors import TransientError, UncertainError
from tests.wire.acumatica.bill_samples import a_record
from tests.wire.acumatica.stub import Scripted, opened, said
from tests.wire.acumatica.twin import OpenTwin, TwinCase

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def case(twin: OpenTwin) -> Iterator[TwinCase]:
    yield twin()


def typed(case: TwinCase, reference: str, *, finish: str = "hold") -> BillKey:
    line = {"Account": "61000", "Subaccount": "0110000", "Amount": "10.00", "TransactionDescription": "x"}
    bill = {"Type": "Bill", "Vendor": "V10005", "VendorRef": reference, "Details": [line], "Description": "SX text"}
    made = case.control.call("POST", "people/type_bill", {"bill": bill, "finish": finish})
    return BillKey("Bill", str(made["ReferenceNbr"]))


def numbers(bills: tuple[Bill, ...]) -> list[str]:
    return sorted(bill.key.number for bill in bills)


def test_bills_changed_since_an_instant_come_in_one_read_with_what_a_sweep_looks_at(case: TwinCase) -> None:
    """acumatica_api.md 4.2 and 4.4."""
    first = typed(case, "INV-1")
    whole = case.erp.fetch_bill(first)
    seen = case.erp.fetch_changed_bills(LONG_AGO)
    assert whole is not None and whole.modified_at is not None
    one = next(bill for bill in seen if bill.key == first)
    assert (one.id, one.status, one.hold, one.vendor, one.vendor_ref) == (whole.id, "On Hold", True, "V10005", "INV-1")
    assert (one.amount, one.dated_on, one.description, one.modified_at) == (
        whole.amount,
        whole.dated_on,
        "SX text",
        whole.modified_at,
    )
    case.control.call("PUT", "clock", {"advance_seconds": 60})
    second = typed(case, "INV-2", finish="release")
    assert numbers(case.erp.fetch_changed_bills(whole.modified_at + timedelta(seconds=1))) == [second.number]
    assert case.erp.fetch_changed_bills(datetime.now(UTC) + timedelta(days=2)) == ()


def test_bills_are_found_by_their_numbers(case: TwinCase) -> None:
    keys = [typed(case, f"INV-{each}") for each in range(3)]
    asked = [*keys[:2], BillKey("Bill", "999999")]
    assert numbers(case.erp.fetch_bills(asked)) == sorted(key.number for key in keys[:2])
    case.control.call("POST", "people/delete_bill", {"number": keys[0].number})
    assert numbers(case.erp.fetch_bills(asked)) == [keys[1].number]


def test_a_description_is_changed_by_key_and_the_bill_stays_as_it_is(case: TwinCase) -> None:
    key = typed(case, "INV-1")
    before = case.erp.fetch_bill(key)
    case.erp.prepare_write()
    case.erp.describe_bill(key, "SX HELD DOUBLE - do not release text")
    after = case.erp.fetch_bill(key)
    assert before is not None and after is not None
    assert (after.description, after.status, after.amount, after.lines) == (
        "SX HELD DOUBLE - do not release text",
        before.status,
        before.amount,
        before.lines,
    )
    assert case.sent("PUT", "/Bill")[-1]["status"] == 200


def test_an_answer_about_another_bill_proves_no_change() -> None:
    wire = Scripted()
    wire.on("PUT", "Bill", said(200, a_record(ReferenceNbr="000999")))
    case = opened(wire)
    case.erp.prepare_write()
    with pytest.raises(UncertainError):
        case.erp.describe_bill(BillKey("Bill", "000100"), "text")


class TooMuchAtOnce:
    """A site whose first answers are too large."""

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.asked: list[str] = []

    def read(self, path: str, query: str = "", decode: Callable[[bytes], object] = lambda _: None) -> object:
        self.asked.append(unquote(query.partition("$filter=")[2].partition("&")[0]))
        if len(self.asked) <= self.refusals:
            raise TransientError("too large", code=TOO_LARGE)
        return []


def test_a_span_that_one_answer_cannot_hold_is_asked_for_in_halves_with_an_open_end() -> None:
    since, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
    source = TooMuchAtOnce(1)
    reader = Reader(source, load_contract("Default", "24.200.001"))
    assert fetch_changed_bills(reader, since, now) == ()
    day = "LastModifiedDateTime {} datetimeoffset'2026-01-0{}T00:00:00.000+00:00'"
    assert source.asked[1:] == [f"({day.format('gt', 1)}) and ({day.format('le', 2)})", day.format("gt", 2)]


def test_a_moment_that_one_answer_cannot_hold_is_told() -> None:
    now = datetime(2026, 1, 3, tzinfo=UTC)
    reader = Reader(TooMuchAtOnce(100), load_contract("Default", "24.200.001"))
    with pytest.raises(TransientError):
        fetch_changed_bills(reader, now - timedelta(days=1), now)
