"""Codes that records had before: found by identity, followed by what still names them, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from ml_connector.domain.codes.renames import (
    KEPT_FOR,
    current_code,
    find_renames,
    find_vendor,
    follow_invoice,
    follow_payment,
    follow_plan,
)
from ml_connector.domain.resolution import plan_bill
from ml_connector.domain.rules import check_invoice
from ml_connector.domain.values.invoice import ApprovedInvoice
from ml_connector.domain.values.master_data import CostCode, Snapshot, Vendor
from ml_connector.domain.values.payment import PaymentApplication, StampliPayment
from ml_connector.domain.values.renames import Rename
from tests.builders import MARK, NOON, a_job_line, a_plan, a_snapshot, a_vendor, an_invoice, facts, usd

HOUR = timedelta(hours=1)


def with_vendors(*vendors: Vendor, hours: float = 1, renames: Sequence[Rename] = ()) -> Snapshot:
    """The firm with these vendors alone, that much later."""
    keyed = {vendor.vendor_id: vendor for vendor in vendors}
    return replace(a_snapshot(), vendors=keyed, read_at=NOON + HOUR * hours, renames=tuple(renames))


def known_as(record: str, code: str, name: str = "City Water & Power") -> Vendor:
    """The vendor of that identity under a code."""
    return replace(a_vendor(code, name), record_id=record)


def followed(*snapshots: Snapshot) -> Snapshot:
    """The last of several readings, with what it knows of the earlier ones."""
    before: Snapshot | None = None
    for snapshot in snapshots:
        before = replace(snapshot, renames=find_renames(before, snapshot))
    assert before is not None
    return before


def codes_of(snapshot: Snapshot, invoice: ApprovedInvoice) -> list[tuple[str, str]]:
    """The findings about who the vendor is."""
    found = check_invoice(invoice, facts(snapshot))
    return [(each.code, each.severity) for each in found if each.code.startswith("V")]


def test_a_record_under_another_code_is_the_same_record() -> None:
    now = followed(with_vendors(known_as("g5", "V10005")), with_vendors(known_as("g5", "V20005"), hours=2))
    assert now.renames == (Rename("vendor", "V10005", "V20005", "g5", NOON + 2 * HOUR),)
    assert current_code("vendor", " v10005 ", now.renames) == "V20005"
    assert find_vendor("V10005", now) == known_as("g5", "V20005")


def test_a_code_renamed_twice_leads_to_the_code_of_today_and_back_again_to_itself() -> None:
    one, two, three = (with_vendors(known_as("g5", f"V{each}"), hours=each) for each in (1, 2, 3))
    twice = followed(one, two, three)
    assert [(each.was, each.now) for each in twice.renames] == [("V1", "V3"), ("V2", "V3")]
    back = followed(one, two, with_vendors(known_as("g5", "V1"), hours=4))
    assert [(each.was, each.now) for each in back.renames] == [("V2", "V1")]


def test_an_old_code_resolves_for_a_year() -> None:
    before = with_vendors(known_as("g5", "V10005"))
    renamed = followed(before, with_vendors(known_as("g5", "V20005"), hours=1))
    late = replace(renamed, read_at=renamed.read_at + KEPT_FOR)
    assert find_renames(renamed, late) == renamed.renames
    assert find_renames(renamed, replace(late, read_at=late.read_at + HOUR)) == ()


def test_what_cannot_be_read_for_a_time_is_not_forgotten() -> None:
    codes = {"03-300": CostCode("03-300", "", "c1")}
    before = replace(a_snapshot(), cost_codes=codes)
    renamed = followed(before, replace(before, cost_codes={"03-310": CostCode("03-310", "", "c1")}))
    unread = followed(renamed, replace(before, cost_codes=None))
    assert [(each.kind, each.was, each.now) for each in renamed.renames] == [("cost code", "03-300", "03-310")]
    assert find_renames(renamed, unread) == renamed.renames


def test_an_identity_that_two_records_share_tells_neither_of_them() -> None:
    before = with_vendors(known_as("same", "V1"), known_as("same", "V2"))
    assert followed(before, with_vendors(known_as("same", "V2"), known_as("same", "V3"))).renames == ()


def test_another_spelling_of_a_segmented_code_is_no_rename() -> None:
    before = replace(a_snapshot(), cost_codes={"03-300": CostCode("03-300", "", "c1")})
    assert followed(before, replace(before, cost_codes={"03300": CostCode("03300", "", "c1")})).renames == ()


def test_an_invoice_under_the_old_code_is_planned_under_the_new_one_with_a_note() -> None:
    now = followed(with_vendors(known_as("g5", "V10005")), with_vendors(known_as("g5", "V20005")))
    assert codes_of(now, an_invoice()) == [("V02", "note")]
    assert plan_bill(an_invoice(), facts(now), marker=MARK).vendor == "V20005"
    assert codes_of(now, an_invoice(vendor_id="V20005")) == []


def test_a_code_given_to_another_vendor_since_means_that_one_and_a_person_looks() -> None:
    other = known_as("g9", "V10005", "Coastal Signs")
    now = followed(with_vendors(known_as("g5", "V10005")), with_vendors(known_as("g5", "V20005"), other))
    assert codes_of(now, an_invoice()) == [("V02", "review")]
    assert plan_bill(an_invoice(), facts(now), marker=MARK).vendor == "V10005"
    assert codes_of(now, an_invoice(vendor_name="COASTAL  SIGNS")) == []
    assert codes_of(now, an_invoice(approved_at=NOON + timedelta(days=5))) == []
    assert codes_of(now, an_invoice(approved_at=NOON - HOUR)) == [("V02", "review")]


def test_a_job_and_its_phase_are_followed_together() -> None:
    firm = a_snapshot()
    assert firm.projects is not None and firm.tasks is not None
    job = replace(firm.projects["J2401"], project_id="J3401")
    tasks = {
        ("J3401" if owner == "J2401" else owner, "01A" if (owner, task) == ("J2401", "01") else task): each
        for (owner, task), each in firm.tasks.items()
    }
    keyed = {key: replace(each, project_id=key[0], task_id=key[1]) for key, each in tasks.items()}
    now = followed(firm, replace(firm, projects={"J3401": job, "J2405": firm.projects["J2405"]}, tasks=keyed))
    line = follow_invoice(an_invoice("1000.00", a_job_line()), now.renames).lines[0]
    other = follow_invoice(an_invoice("1000.00", a_job_line(project="J2405")), now.renames).lines[0]
    assert (line.project, line.task, other.project, other.task) == ("J3401", "01A", "J2405", "01")


def test_what_was_asked_for_and_what_was_paid_are_followed_too() -> None:
    renames = (Rename("vendor", "V10005", "V20005", "g5", NOON), Rename("account", "61000", "61900", "a1", NOON))
    plan = follow_plan(a_plan(), renames)
    assert (plan.vendor, plan.lines[0].account, plan.lines[0].amount) == ("V20005", "61900", Decimal("1284.37"))
    paid = StampliPayment(
        "P1", "cleared", "Cleared", usd("1.00"), (PaymentApplication("N1", None, "V10005", usd("1.00")),)
    )
    assert [each.vendor_id for each in follow_payment(paid, renames).applications] == ["V20005"]
    assert follow_payment(replace(paid, vendor_id="V7"), renames).vendor_id == "V7"
