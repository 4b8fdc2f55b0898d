"""S22: an invoice dated in a closed month, under both policies."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ml_connector_twins.acumatica.switches import SwitchValue
from tests.firm import running_firm
from tests.papers import approved, overhead
from tests.scenarios.reading import (
    a_header,
    assert_nothing_booked,
    codes_of,
    credit,
    debit,
    fate_of,
    finding_of,
    header_of,
    proven,
)

AUGUST = approved("MR-5498", overhead("3318.45"), vendor="V10004", invoice_date=date(2026, 8, 28))


@pytest.mark.parametrize(
    "switches", [{}, {"restrict_closed_periods": False}], ids=["months are closed", "we could post to closed months"]
)
def test_s22_with_next_open_it_is_posted_to_the_next_open_month_and_keeps_its_date(
    tmp_path: Path, switches: dict[str, SwitchValue]
) -> None:
    with running_firm(tmp_path, policy={"closed_period": "next_open"}, switches=switches) as firm:
        firm.drop_invoices(AUGUST)

        outcome = firm.sync()

        truth = firm.truth()
        bill = truth.bill_of("V10004", "MR-5498")
        assert (outcome.exit_code, fate_of(outcome, "MR-5498")) == (0, ("posted", "Open"))
        assert header_of(bill) == a_header("3318.45", Date="2026-08-28", DueDate="2026-09-27")
        assert truth.ledger_of(bill) == [credit("20000", "3318.45"), debit("61000", "3318.45")]
        assert {entry["period"] for entry in truth.entries} == {"102026"}
        note = finding_of(outcome, "MR-5498", "H08")
        assert note["severity"] == "note"
        assert "08-2026 closed, 09-2026 closed in AP, posted to 10-2026" in note["message"]


def test_s22_with_refuse_it_is_not_posted(tmp_path: Path) -> None:
    with running_firm(tmp_path, policy={"closed_period": "refuse"}) as firm:
        firm.drop_invoices(AUGUST)

        outcome = firm.sync()

        assert (outcome.exit_code, fate_of(outcome, "MR-5498")) == (1, ("needs_attention", None))
        assert codes_of(outcome, "MR-5498") == ["H08"]
        assert_nothing_booked(firm)
        assert proven(firm) == (1, "0.00", 0, "3318.45")
