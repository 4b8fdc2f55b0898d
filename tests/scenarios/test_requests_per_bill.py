"""What booked bills cost in counted requests (``posting_protocol.md 11``), also where lists show no lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.booking import measure
from ml_connector_twins.acumatica.switches import SwitchValue
from tests.firm import Firm, running_firm
from tests.papers import approved, overhead

# What a session asks once: its witness, how lists show lines, whether a batch is cut.
ONCE = 3


def read_alone(firm: Firm) -> int:
    """How often a bill was read by its key."""
    return len([each for each in firm.truth().requests if each["method"] == "GET" and "/Bill/Bill/" in each["path"]])


@pytest.mark.parametrize(("finish", "writes", "lists"), [("hold", 1, 2), ("balance", 2, 3)])
def test_batches_of_twenty_share_their_reads(tmp_path: Path, finish: str, writes: int, lists: int) -> None:
    """In a company that has bills already. A release costs one write more and no read
    (``test_a_batch_shares_every_read``)."""
    with running_firm(tmp_path, policy={"finish": finish}) as firm:
        measure(firm, 2)
        counts = measure(firm, 40, first=2)
        bills = firm.truth().bills
    assert len(bills) == 42
    assert counts.bills <= 40 * writes + 2 * lists + ONCE


@pytest.mark.parametrize("switch", ["optimizer_fails", "list_details_empty"])
def test_where_lists_show_no_lines_each_bill_is_read_by_its_key(tmp_path: Path, switch: str) -> None:
    switches: dict[str, SwitchValue] = {switch: ["Bill.Details"]}
    with running_firm(tmp_path, switches=switches, policy={"finish": "balance"}) as firm:
        measure(firm, 4)
        statuses, alone = [bill["Status"] for bill in firm.truth().bills], read_alone(firm)
    assert (statuses, alone - 8 in (0, 1)) == (["Balanced"] * 4, True)


def test_bills_whose_lines_a_list_may_cut_are_proven_by_it_where_it_shows_all_of_them(tmp_path: Path) -> None:
    switches: dict[str, SwitchValue] = {"list_details_cut": ["Bill.Details"]}
    with running_firm(tmp_path, switches=switches, policy={"finish": "hold"}) as firm:
        measure(firm, 4)
        alone = read_alone(firm)
    assert alone == 1


@pytest.mark.parametrize("call", [{"method": "PUT", "path": "/Bill"}, {"method": "POST", "path": "/Bill/ReleaseBill"}])
def test_a_refusal_for_pace_delays_a_pass_and_ends_none(firm: Firm, call: dict[str, str]) -> None:
    firm.drop_invoices(*(approved(f"INV-{number}", overhead(f"{number}.00")) for number in (1, 2, 3)))
    firm.fault("status", code=429, nth=2, headers={"Retry-After": "1"}, **call)
    outcome = firm.sync()
    assert (outcome.exit_code, outcome.document["requests"]["throttled"] > 0) == (0, True)
    assert [bill["Status"] for bill in firm.truth().bills] == ["Open"] * 3
