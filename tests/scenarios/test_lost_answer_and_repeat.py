"""S33: the answer to the creation is lost, the process is killed, the same file comes again under another name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.crash.lanes import CREATION, KILLED, Lane, open_lane
from tests.firm import CONNECTION
from tests.papers import approved, overhead
from tests.scenarios.reading import a_header, credit, debit, header_of

INVOICE = approved("INV-8841", overhead("1284.37"))
# Where the process dies: the step, its side, and whether the answer to the creation was lost before.
MOMENTS = {
    "after the answer was lost": ("uncertain", "after", True),
    "before the call": ("put", "before", False),
    "after the release": ("release", "after", False),
    "while the log is written": ("done", "before", False),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_s33_exactly_one_bill_whenever_it_dies_and_the_file_is_a_repeat(tmp_path: Path, moment: str) -> None:
    step, side, lost = MOMENTS[moment]
    with open_lane(tmp_path / "lane", finish="release") as lane:
        at = begin(lane, lost=lost).trace().index((step, side))
        assert begin(lane, lost=lost).sync_until(at).exit_code == KILLED
        lane.firm.drop_invoices(INVOICE, name="approved_invoices_2.csv")
        lane.calm()

        again = lane.sync()

        truth = lane.firm.truth()
        bill = truth.bill_of("V10005", "INV-8841")
        assert again.exit_code == 0
        assert [len(truth.bills), header_of(bill)] == [1, a_header("1284.37")]
        assert truth.ledger_of(bill) == [credit("20000", "1284.37"), debit("61000", "1284.37")]
        files = lane.command("file", "list", CONNECTION).document
        assert sorted((file["name"], file["state"], file["documents"]) for file in files) == [
            ("approved_invoices_1.csv", "settled", 1),
            ("approved_invoices_2.csv", "repeat", 0),
        ]
        assert lane.audit("Open", [INVOICE]) == []
        assert Decimal(lane.command("prove", CONNECTION).document[0]["booked_total"]) == Decimal("1284.37")


def begin(lane: Lane, *, lost: bool) -> Lane:
    """The file is there, and the answer to the creation will be lost where that is wanted."""
    lane.begin([INVOICE])
    if lost:
        lane.firm.fault("drop_after_commit", **CREATION)
    return lane
