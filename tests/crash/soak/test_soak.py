"""What is right about the soak's plan and its verdict, without the soak."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from ml_connector_twins.acumatica.faults import parse_fault
from tests.crash.auditor import Paper
from tests.crash.soak.__main__ import render_summary
from tests.crash.soak.plan import plan_soak
from tests.crash.soak.running import Tally
from tests.crash.soak.verdict import Verdict, judge_soak

PAPERS = [Paper("V1", "S-1", Decimal("10.01")), Paper("V1", "S-2", Decimal("20.02"))]


def bill(number: str, paper: Paper, **changes: Any) -> dict[str, Any]:
    amount = str(paper.total)
    facts = {"Type": "Bill", "ReferenceNbr": number, "Vendor": paper.vendor, "VendorRef": paper.reference}
    return {**facts, "Status": "Open", "Amount": amount, "Balance": amount, **changes}


def moved(number: str, paper: Paper) -> list[dict[str, Any]]:
    amount, document = str(paper.total), f"Bill {number}"
    return [
        {"document": document, "account": "20000", "debit": "0", "credit": amount},
        {"document": document, "account": "61000", "debit": amount, "credit": "0"},
    ]


def row(paper: Paper, state: str = "posted", *codes: str) -> dict[str, Any]:
    return {"invoice_number": paper.reference, "state": state, "findings": [{"code": code} for code in codes]}


def test_twenty_minutes_bring_two_thousand_invoices_and_all_that_breaks() -> None:
    events = plan_soak(7, 20)
    assert events == plan_soak(7, 20) != plan_soak(8, 20)
    counts = Counter(event.kind for event in events)
    invoices = {invoice.invoice_number for event in events for invoice in event.invoices}
    assert len(invoices) >= 2000
    assert (counts["kill"] >= 120, counts["restart"] >= 19, counts["fault"] >= 240) == (True, True, True)
    assert max(event.at for event in events if event.kind == "drop") < 17 * 60
    assert all(parse_fault(event.plan).kind for event in events if event.kind == "fault")
    assert {event.kind for event in plan_soak(7, 1)} == {"drop", "kill", "restart", "fault"}


def test_each_invoice_booked_once_is_well() -> None:
    bills = [bill("1", PAPERS[0]), bill("2", PAPERS[1])]
    entries = [*moved("1", PAPERS[0]), *moved("2", PAPERS[1])]
    verdict = judge_soak(PAPERS, [row(paper) for paper in PAPERS], bills, entries, told=set())
    assert verdict == Verdict(2, {}, 0, [])


def test_one_lost_one_twice_and_one_nobody_told_of_are_each_a_fault() -> None:
    held = bill("3", PAPERS[0], Status="On Hold")
    bills, entries = [bill("1", PAPERS[0]), held], moved("1", PAPERS[0])
    rows = [row(paper) for paper in PAPERS]
    lost = "S-2 has 0 documents: "
    assert judge_soak(PAPERS, rows, bills, entries, told={"S-1"}) == Verdict(2, {}, 1, [lost])
    assert judge_soak(PAPERS, rows, bills, entries, told=set()).faults == [
        "nobody was told of 3, a double of S-1",
        lost,
    ]
    twice = judge_soak(PAPERS[:1], rows[:1], [*bills[:1], bill("3", PAPERS[0])], entries, told={"S-1"})
    assert twice.faults == ["S-1 can be paid 2 times", "S-1 has 2 documents: Bill 1, Bill 3"]


def test_who_waits_for_a_person_counts_apart_and_needs_a_reason() -> None:
    rows = [row(PAPERS[0]), row(PAPERS[1], "needs_attention", "Z05")]
    bills, entries = [bill("1", PAPERS[0])], moved("1", PAPERS[0])
    verdict = judge_soak(PAPERS, rows, bills, entries, told=set())
    assert verdict == Verdict(1, {"Z05": 1}, 0, [])
    assert "booked 1, with a person 1 (Z05 1), held doubles 0" in render_summary(Tally(), verdict)
    late = [*bills, bill("2", PAPERS[1], Balance="19.02")]
    (cent,) = judge_soak(PAPERS, rows, late, [*entries, *moved("2", PAPERS[1])], told=set()).faults
    assert cent.startswith("S-2 is ('Bill', Decimal('20.02'), Decimal('19.02'), 'Open'), not ")
    silent = judge_soak(PAPERS, [rows[0], row(PAPERS[1], "needs_attention")], bills, entries, told=set())
    assert silent.faults == ["S-2 waits for a person without a reason"]
