"""Attachments through the whole main job: on the bill when they are there, later when they come later, once whatever
dies or fails (``fault_catalogue.md`` 102)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.crash.lanes import KILLED, open_lane
from tests.firm import Firm, Outcome
from tests.papers import approved, overhead
from tests.scenarios.reading import fate_of

PDF = b"%PDF-1.7 the vendor's own invoice"
NAME = "INV-8841 scan.pdf"
INVOICE = replace(approved("INV-8841", overhead("1284.37")), attachment=NAME)
ON_BILL = [{"name": f"Bills and Adjustments (Bill, {{}})\\{NAME}", "size": len(PDF)}]
UPLOAD = {"method": "PUT", "path": "/files/"}


def files_of(firm: Firm) -> list[dict[str, Any]]:
    """The files of the invoice's one bill, its number taken out of their names."""
    bill = firm.truth().bill_of("V10005", "INV-8841")
    return [{**each, "name": each["name"].replace(bill["ReferenceNbr"], "{}")} for each in bill["files"]]


def puts(firm: Firm) -> int:
    """How often a file was put."""
    return len([each for each in firm.truth().requests if each["method"] == "PUT" and "/files/" in each["path"]])


def notes_of(outcome: Outcome) -> list[str]:
    """What the invoice's notes on attachments say."""
    findings = outcome.invoice("INV-8841")["findings"]
    return [finding["message"] for finding in findings if finding["code"] == "Z17"]


def test_what_lies_beside_the_file_is_on_the_released_bill_and_is_put_once(firm: Firm) -> None:
    firm.drop(NAME, PDF)
    firm.drop_invoices(INVOICE)
    done = firm.sync()
    assert (done.exit_code, fate_of(done, "INV-8841"), notes_of(done)) == (0, ("posted", "Open"), [])
    assert files_of(firm) == ON_BILL

    before = puts(firm)
    firm.sync()
    assert (puts(firm), files_of(firm)) == (before, ON_BILL)


def test_a_late_one_is_put_on_the_bill_that_is_there(firm: Firm) -> None:
    firm.drop_invoices(INVOICE)
    first = firm.sync()
    assert (first.exit_code, fate_of(first, "INV-8841")) == (0, ("posted", "Open"))
    assert notes_of(first) == [f"{NAME} is not attached to the bill yet."]
    firm.drop(NAME, PDF)
    later = firm.sync()

    assert (later.exit_code, files_of(firm)) == (0, ON_BILL)
    assert notes_of(firm.list_invoices()) == []


def test_row_102_an_upload_that_fails_leaves_the_bill_posted_and_is_tried_again(firm: Firm) -> None:
    firm.fault("status", **UPLOAD, code=500)
    firm.drop(NAME, PDF)
    firm.drop_invoices(INVOICE)
    done = firm.sync()
    assert (done.exit_code, fate_of(done, "INV-8841"), files_of(firm)) == (0, ("posted", "Open"), [])
    assert [message.partition(":")[0] for message in notes_of(done)] == [f"{NAME} is not attached to the bill yet"]
    firm.sync()

    assert (files_of(firm), notes_of(firm.list_invoices())) == (ON_BILL, [])
    assert firm.prove().exit_code == 0


def test_a_process_that_dies_before_it_could_note_the_upload_does_not_put_it_again(tmp_path: Path) -> None:
    with open_lane(tmp_path / "lane", finish="release") as lane:
        lane.begin([INVOICE])
        lane.firm.drop(NAME, PDF)
        crossing = lane.trace().index(("attach", "after"))
        lane.begin([INVOICE])
        lane.firm.drop(NAME, PDF)
        assert lane.sync_until(crossing).exit_code == KILLED
        again = lane.sync()

        assert (again.exit_code, files_of(lane.firm), puts(lane.firm)) == (0, ON_BILL, 1)
        assert lane.audit("Open", [INVOICE]) == []
