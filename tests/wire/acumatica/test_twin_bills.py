"""Bills on the twin: one invoice on its way from the look-up to the release, and what may happen to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ml_connector.domain.values.bill import Bill, BillKey, BillLine, BillPlan, BillQuery, BillTax
from ml_connector.errors import ConfigurationError, FieldFault, RejectedError, TransientError, UncertainError
from tests.wire.acumatica.bill_samples import MARKER, a_plan
from tests.wire.acumatica.twin import QUICK, OpenTwin, TwinCase

PLAN = a_plan()
QUERY = BillQuery(PLAN.vendor, PLAN.vendor_ref, PLAN.marker)
HAND = {
    "Type": "Bill",
    "Vendor": "V10004",
    "VendorRef": "WITNESS-1",
    "Date": "2026-10-01",
    "Description": "Typed by hand",
    "Details": [
        {"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "ExtendedCost": "5.00"},
    ],
}
PUT_BILL = {"method": "PUT", "path": "/Bill"}


def with_witness(case: TwinCase) -> BillKey:
    typed = case.control.people("type_bill", bill=HAND)
    return BillKey("Bill", typed["fields"]["ReferenceNbr"] if "fields" in typed else typed["ReferenceNbr"])


def looked(case: TwinCase, witness: BillKey | None) -> list[str]:
    """The marks of the bills a look-up shows, the witness left out."""
    found = case.erp.look_bills([QUERY], witness)
    assert found.witness_seen
    return [bill.description.split()[0] for bill in found.bills if bill.key != witness]


def test_an_invoice_goes_from_the_look_up_to_a_payable_bill(twin: OpenTwin) -> None:
    """acumatica_api.md 8.6."""
    case = twin()
    witness = with_witness(case)
    assert looked(case, witness) == []

    case.erp.prepare_write()
    made = case.erp.create_bill(PLAN)
    assert (made.status, made.hold, made.amount, made.post_period) == ("On Hold", True, Decimal("1284.37"), "2026-10")
    assert looked(case, witness) == [MARKER]

    case.erp.take_bill_off_hold(made.key)
    assert status_of(case, made.key) == "Balanced"
    case.erp.release_bill(made.key)
    assert status_of(case, made.key) == "Open"
    read = case.erp.fetch_bill(made.key)
    assert read is not None
    assert (read.balance, read.due_on, read.dated_on) == (Decimal("1284.37"), date(2026, 11, 4), date(2026, 10, 5))
    assert [(line.account, line.subaccount, line.branch, line.project, line.amount) for line in read.lines or ()] == [
        ("61000", "0110000", "MAIN", "X", Decimal("1284.37"))
    ]


def status_of(case: TwinCase, key: BillKey) -> str:
    bill = case.erp.fetch_bill(key)
    assert bill is not None
    return bill.status


@pytest.mark.parametrize("kind", ["Bill", "Debit Adj.", "Prepayment"])
def test_each_kind_of_document_is_created_and_read_by_its_label(twin: OpenTwin, kind: Any) -> None:
    """acumatica_api.md 5.1, 8.1."""
    case = twin()
    made = case.erp.create_bill(replace(PLAN, type=kind))

    assert made.key.type == kind
    assert case.erp.fetch_bill(made.key) == replace(made, modified_at=read_time(case, made))


def read_time(case: TwinCase, bill: Bill) -> Any:
    read = case.erp.fetch_bill(bill.key)
    assert read is not None
    return read.modified_at


def test_a_line_linked_to_an_order_line_carries_the_link(twin: OpenTwin) -> None:
    """acumatica_api.md 8.3."""
    case = twin()
    line = BillLine(
        amount=Decimal("6450.00"),
        description="Excavator, one month",
        account="50300",
        subaccount="0110000",
        branch="MAIN",
        project="J2401",
        task="01",
        cost_code="31-200",
        quantity=Decimal(1),
        unit="MO",
        po_type="Normal",
        po_number="PO-003135",
        po_line=1,
    )
    made = case.erp.create_bill(
        replace(PLAN, vendor="V10004", vendor_ref="MR-5531", amount=Decimal("6450.00"), lines=(line,))
    )

    assert made.lines is not None
    assert replace(made.lines[0], unit_cost=None, tax_category=None, inventory_id=None) == line
    case.erp.take_bill_off_hold(made.key)
    case.erp.release_bill(made.key)
    order = case.erp.fetch_purchase_order("Normal", "PO-003135")
    assert order is not None
    [billed] = order.lines
    assert (billed.billed_amount, billed.unbilled_amount) == (Decimal("6450.00"), Decimal("12900.00"))


@pytest.mark.parametrize("mode", ["422_entity", "500_outcome", "500_pxexception"])
def test_a_refusal_is_a_refusal_in_every_dress_and_leaves_no_bill(twin: OpenTwin, mode: str) -> None:
    """acumatica_api.md 5.3."""
    case = twin()
    case.control.turn(error_mode=mode)
    lines = (PLAN.lines[0], replace(PLAN.lines[0], project="NOPE", amount=Decimal(1)))
    with pytest.raises(RejectedError) as raised:
        case.erp.create_bill(replace(PLAN, lines=lines))

    assert case.control.bills() == []
    assert "NOPE" in raised.value.raw
    if mode == "422_entity":
        assert "Details[2].Project" in [fault.path for fault in raised.value.faults]


@pytest.mark.parametrize("answer", ["422_entity", "500_exception"])
def test_a_duplicate_reference_is_refused_where_the_preference_is_on(twin: OpenTwin, answer: str) -> None:
    """acumatica_api.md 8.5."""
    case = twin()
    case.control.turn(duplicate_ref_answer=answer)
    case.erp.create_bill(PLAN)
    with pytest.raises(RejectedError):
        case.erp.create_bill(PLAN)

    assert len(case.control.bills()) == 1


LOST: list[tuple[dict[str, Any], int]] = [
    ({"kind": "drop_before"}, 0),
    ({"kind": "drop_after_commit"}, 1),
    ({"kind": "truncate"}, 1),
    ({"kind": "html", "commit": True}, 1),
    ({"kind": "html"}, 0),
    ({"kind": "redirect", "commit": True}, 1),
    ({"kind": "status", "code": 500, "body": "<html>", "commit": True}, 1),
    ({"kind": "status", "code": 503, "body": "", "commit": True}, 1),
    ({"kind": "status", "code": 502, "body": "bad gateway"}, 0),
    ({"kind": "status", "code": 200, "body": "[]", "commit": True}, 1),
    ({"kind": "status", "code": 200, "body": "", "commit": True}, 1),
]


@pytest.mark.parametrize(("fault", "made"), LOST, ids=[f"{f['kind']}-{f.get('code', '')}-{n}" for f, n in LOST])
def test_a_lost_answer_is_uncertain_sent_once_and_settled_by_the_look_up(
    twin: OpenTwin, fault: dict[str, Any], made: int
) -> None:
    """acumatica_api.md 3, 5.2."""
    case = twin()
    witness = with_witness(case)
    case.erp.prepare_write()
    case.control.fault(**fault, **PUT_BILL)
    with pytest.raises(UncertainError):
        case.erp.create_bill(PLAN)

    assert len(case.sent("PUT", "/Bill")) == 1
    assert looked(case, witness) == [MARKER] * made


def test_a_late_commit_is_found_by_a_later_look_up(twin: OpenTwin) -> None:
    case = twin()
    witness = with_witness(case)
    case.control.fault("late_commit", seconds=0.3, **PUT_BILL)
    with pytest.raises(UncertainError):
        case.erp.create_bill(PLAN)

    found: list[str] = []
    for _ in range(100):
        found = looked(case, witness)
        if found:
            break
    assert found == [MARKER]


def test_a_proxy_that_plays_the_put_twice_shows_both_bills(twin: OpenTwin) -> None:
    case = twin()
    case.control.turn(duplicate_ref_error=False)
    witness = with_witness(case)
    case.control.fault("duplicate", **PUT_BILL)
    made = case.erp.create_bill(PLAN)

    assert made.hold
    assert looked(case, witness) == [MARKER, MARKER]


def test_a_stale_list_does_not_show_the_witness_and_proves_nothing(twin: OpenTwin) -> None:
    case = twin()
    case.control.fault("stale", path="/Bill", times=0)
    witness = with_witness(case)
    first = case.erp.look_bills([QUERY], witness)
    case.control.call("DELETE", "faults")

    assert (first.bills, first.witness_seen) == ((), False)
    assert case.erp.look_bills([QUERY], witness).witness_seen


def test_an_answer_that_drips_is_cut_at_the_total_deadline(twin: OpenTwin) -> None:
    case = twin(deadlines=replace(QUICK, write_seconds=1.0))
    witness = with_witness(case)
    case.erp.prepare_write()
    case.control.fault("drip", bytes_per_second=20, **PUT_BILL)
    with pytest.raises(UncertainError) as raised:
        case.erp.create_bill(PLAN)

    assert raised.value.code == "acumatica.answer_lost"
    assert looked(case, witness) == [MARKER]


@pytest.mark.parametrize(
    ("by", "change"),
    [
        ("case", {"VendorRef": "inv-8841"}),
        ("trailing blanks", {"VendorRef": "INV-8841  "}),
        ("another type", {"Type": "Debit Adj."}),
    ],
)
def test_a_bill_typed_by_hand_is_found_as_widely_as_the_server_compares(
    twin: OpenTwin, by: str, change: dict[str, Any]
) -> None:
    """acumatica_api.md 4.2."""
    case = twin()
    witness = with_witness(case)
    case.control.people("type_bill", bill={**HAND, "Vendor": PLAN.vendor, "VendorRef": PLAN.vendor_ref, **change})

    assert looked(case, witness) == ["Typed"]


def test_a_reference_with_quotes_and_letters_of_every_kind_is_found(twin: OpenTwin) -> None:
    case = twin()
    witness = with_witness(case)
    plan = replace(PLAN, vendor_ref="O'Brien & Söhne #7 100% a+b")
    case.erp.create_bill(plan)
    found = case.erp.look_bills([BillQuery(plan.vendor, plan.vendor_ref, "SXNOTTHISMARK00")], witness)

    assert [bill.vendor_ref for bill in found.bills if bill.key != witness] == [plan.vendor_ref]


def test_twenty_look_ups_share_their_reads(twin: OpenTwin) -> None:
    case = twin()
    witness = with_witness(case)
    case.erp.create_bill(PLAN)
    queries = [QUERY, *(BillQuery("V10001", f"INVOICE-{n:06}", f"SX{n:013}") for n in range(19))]
    before = case.erp.request_counts().sent
    found = case.erp.look_bills(queries, witness)

    assert [bill.description.split()[0] for bill in found.bills if bill.key != witness] == [MARKER]
    assert case.erp.request_counts().sent - before <= 6


def test_a_release_that_the_server_refuses_is_told_and_the_bill_stays(twin: OpenTwin) -> None:
    """acumatica_api.md 8.6."""
    case = twin()
    made = case.erp.create_bill(PLAN)
    case.erp.take_bill_off_hold(made.key)
    case.control.people("set_period", company="HRB", period="102026", status="Closed", closed_in_ap=True)
    with pytest.raises(RejectedError):
        case.erp.release_bill(made.key)

    assert status_of(case, made.key) == "Balanced"


def test_a_release_answered_at_once_is_read_back_by_the_caller(twin: OpenTwin) -> None:
    case = twin()
    case.control.turn(release_answer="204")
    made = case.erp.create_bill(PLAN)
    case.erp.take_bill_off_hold(made.key)
    case.erp.release_bill(made.key)

    assert status_of(case, made.key) == "Open"


def test_a_release_longer_than_the_cap_is_uncertain(twin: OpenTwin) -> None:
    case = twin(deadlines=replace(QUICK, action_seconds=0.3))
    case.control.turn(release_seconds=1.0)
    made = case.erp.create_bill(PLAN)
    case.erp.take_bill_off_hold(made.key)
    with pytest.raises(UncertainError):
        case.erp.release_bill(made.key)


@pytest.mark.parametrize("repeat", [1, 2])
def test_off_hold_may_be_repeated(twin: OpenTwin, repeat: int) -> None:
    """acumatica_api.md 5.1."""
    case = twin()
    made = case.erp.create_bill(PLAN)
    for _ in range(repeat):
        case.erp.take_bill_off_hold(made.key)

    assert status_of(case, made.key) == "Balanced"


def test_a_bill_that_is_gone_is_not_made_anew_by_taking_it_off_hold(twin: OpenTwin) -> None:
    case = twin()
    made = case.erp.create_bill(PLAN)
    case.control.people("delete_bill", type="Bill", number=made.key.number)
    with pytest.raises(RejectedError) as raised:
        case.erp.take_bill_off_hold(made.key)

    assert raised.value.code == "acumatica.missing"
    assert case.erp.fetch_bill(made.key) is None
    assert case.control.bills() == []


def taxed_plan() -> BillPlan:
    lines = tuple(
        BillLine(
            amount=amount,
            quantity=quantity,
            unit=unit,
            po_type="Normal",
            po_number="PO-003120",
            po_line=number,
            receipt_type="Receipt",
            receipt_number="PR-000981",
            receipt_line=number,
        )
        for number, quantity, unit, amount in (
            (1, Decimal(300), "EA", Decimal("3525.00")),
            (2, Decimal(250), "BAG", Decimal("2350.00")),
        )
    )
    return replace(PLAN, vendor="V10002", vendor_ref="BH-7701", amount=Decimal("6300.93"), lines=lines)


def test_a_stated_tax_one_cent_off_can_be_set_on_the_held_bill(twin: OpenTwin) -> None:
    case = twin()
    made = case.erp.create_bill(taxed_plan())
    assert made.tax_total == Decimal("425.94")
    [tax] = made.taxes or ()
    case.erp.set_bill_taxes(made.key, [BillTax(tax.tax_id, tax.taxable_amount, Decimal("425.93"))])

    read = case.erp.fetch_bill(made.key)
    assert read is not None
    assert (read.hold, read.tax_total, read.amount) == (True, Decimal("425.93"), Decimal("6300.93"))


def test_a_forbidden_create_rests_the_connection(twin: OpenTwin) -> None:
    case = twin()
    case.control.fault("status", code=403, body='{"message":"You have insufficient rights."}', **PUT_BILL)
    with pytest.raises(ConfigurationError) as raised:
        case.erp.create_bill(PLAN)

    assert raised.value.code == "acumatica.forbidden"


NOT_EXECUTED: list[tuple[str, Callable[[TwinCase], object]]] = [
    ("acumatica.limited", lambda case: case.control.fault("status", code=429, body="slow", **PUT_BILL)),
    ("acumatica.signed_out", lambda case: case.control.call("POST", "sessions/revoke")),
    ("acumatica.seats_taken", lambda case: case.control.fault("status", code=429, body="API Login Limit", **PUT_BILL)),
]


@pytest.mark.parametrize(("code", "spoil"), NOT_EXECUTED, ids=[code for code, _ in NOT_EXECUTED])
def test_what_the_door_refused_is_not_executed_and_works_the_next_time(
    twin: OpenTwin, code: str, spoil: Callable[[TwinCase], object]
) -> None:
    case = twin()
    case.erp.prepare_write()
    spoil(case)
    with pytest.raises(TransientError) as raised:
        case.erp.create_bill(PLAN)

    assert (raised.value.code, case.control.bills()) == (code, [])
    assert case.erp.create_bill(PLAN).hold


def test_a_field_error_names_the_line_as_the_plan_counts_it(twin: OpenTwin) -> None:
    """acumatica_api.md 5.1."""
    case = twin()
    line = replace(PLAN.lines[0], account="99999")
    with pytest.raises(RejectedError) as raised:
        case.erp.create_bill(replace(PLAN, lines=(PLAN.lines[0], PLAN.lines[0], line), amount=Decimal("3853.11")))

    assert [type(fault) for fault in raised.value.faults] == [FieldFault]
    assert raised.value.faults[0].path == "Details[3].Account"
