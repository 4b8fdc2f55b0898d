"""A long queue after an outage: the oldest first, vendors beside each other within reach, and how long it will take."""

from __future__ import annotations

from itertools import chain

import pytest

from ml_connector.domain.values.posting import Finish
from ml_connector.flows.invoices.post_invoices import BATCH, batches_of, tell_backlog
from tests.builders import a_record, an_invoice


@pytest.mark.parametrize(
    ("count", "finish", "pace", "told"),
    [
        (50_000, "release", 50, "Catching up: 50,000 bills, ready in about 53 h at your licence; oldest first"),
        (50_000, "hold", 600, "Catching up: 50,000 bills, ready in about 2 h at your licence; oldest first"),
        (2_000, "balance", 50, "Catching up: 2,000 bills, ready in about 1 h at your licence; oldest first"),
        (900, "release", 50, None),
        (0, "hold", 1, None),
    ],
)
def test_a_long_queue_is_told_with_the_time_it_takes(count: int, finish: Finish, pace: int, told: str | None) -> None:
    assert tell_backlog(count, finish, pace) == told


def test_a_vendor_of_the_last_hour_never_goes_before_the_invoices_of_yesterday() -> None:
    vendors = ["V3", "V2", "V1"] * 200
    records = [
        a_record(invoice=an_invoice(invoice_number=f"INV-{number}", vendor_id=vendor))
        for number, vendor in enumerate(vendors)
    ]
    batches = list(batches_of(records))
    assert [len(batch) for batch in batches] == [BATCH] * 30
    taken = [int(str(record.invoice.invoice_number).removeprefix("INV-")) for record in chain(*batches)]
    assert sorted(taken) == list(range(600))
    assert [sorted(taken[start : start + 200]) for start in (0, 200, 400)] == [
        list(range(start, start + 200)) for start in (0, 200, 400)
    ]
    assert {record.invoice.vendor_id for record in batches[0]} == {"V1"}
