"""Section C of the fault catalogue, row by row: what Acumatica's own rules and its people do to an invoice."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ml_connector_twins.stampli.outgoing import ApprovedInvoice
from tests.faults.network_faults import OFF_HOLD
from tests.firm import CONNECTION, QUARANTINE_SECONDS, Firm, running_firm
from tests.papers import approved, overhead
from tests.scenarios.test_file_sets import PDF, ROW, ROWS, firm_with, flat

_CODING = {"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "ExtendedCost": "5.00"}
_KEY = {"type": "Bill", "number": "000001"}
NOBODY: Sequence[str] = ()


def _typed(reference: str) -> Callable[[Firm], object]:
    bill = {"Type": "Bill", "Vendor": "V10005", "VendorRef": reference, "Date": "2026-10-01", "Details": [_CODING]}
    return lambda firm: firm.people("type_bill", bill=bill)


def _vendor(**fields: str) -> Callable[[Firm], object]:
    return lambda firm: firm.people("put_record", entity="Vendor", fields={"VendorID": "V10005", **fields})


@dataclass(frozen=True, slots=True)
class Refused:
    """One row whose invoice stops before a person: the code of its finding, and the bills there are then."""

    row: int
    told: str
    code: str
    bills: Sequence[str] = NOBODY
    invoice: ApprovedInvoice = field(default_factory=lambda: approved("INV-8841"))
    before: Callable[[Firm], object] = lambda _firm: None
    switches: Mapping[str, Any] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the test is called."""
        return f"row {self.row}: {self.told}"


_AUGUST = approved("INV-8841", invoice_date=date(2026, 8, 5))
_EURO = approved("INV-8841", currency="EUR")
_UNKNOWN = approved("INV-8841", overhead("10.00", account="99999"), overhead("5.00", project="NOPE"))
_HELD, _THEIRS = ("On Hold",), ("On Hold",)

REFUSED: tuple[Refused, ...] = (
    Refused(74, "the same reference, the server would refuse it", "H02", _THEIRS, before=_typed("INV-8841")),
    Refused(
        75,
        "the same reference, the server would take it",
        "H02",
        _THEIRS,
        before=_typed("INV-8841"),
        switches={"duplicate_ref_error": False},
    ),
    Refused(96, "the same reference but for its case and blanks", "H02", _THEIRS, before=_typed("inv-8841  ")),
    Refused(77, "an inactive vendor", "V03", before=_vendor(Status="Inactive")),
    Refused(77, "a vendor on hold", "V04", before=_vendor(Status="On Hold")),
    Refused(78, "a vendor that does not exist", "V01", invoice=approved("INV-8841", vendor="V99999")),
    Refused(80, "a closed period", "H08", invoice=_AUGUST, policy={"closed_period": "refuse"}),
    Refused(81, "no rate for the currency", "", invoice=_EURO),
    Refused(82, "an account and a project that do not exist", "A01", invoice=_UNKNOWN),
    Refused(
        86,
        "a field that is dropped silently",
        "Z12",
        _HELD,
        switches={"fields_ignored": ["BillDetail.TransactionDescription"]},
    ),
    Refused(87, "a reference longer than Acumatica allows", "H05", invoice=approved("X" * 41)),
)


def _row(firm: Firm) -> Mapping[str, Any]:
    found: Mapping[str, Any] = firm.list_invoices().document[0]
    return found


def _statuses(firm: Firm) -> list[str]:
    return [bill["Status"] for bill in firm.truth().bills]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_an_invoice_that_may_not_be_booked_stops_before_a_person(tmp_path: Path, case: Refused) -> None:
    with running_firm(tmp_path, switches=case.switches, policy=case.policy) as firm:
        case.before(firm)
        firm.drop_invoices(case.invoice)
        firm.sync()
        row = _row(firm)
        assert row["state"] == "needs_attention"
        assert case.code in ("", *(finding["code"] for finding in row["findings"]))
        assert _statuses(firm) == list(case.bills)
        firm.sync()
        assert _statuses(firm) == list(case.bills)


def test_row_82_every_field_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.drop_invoices(_UNKNOWN)
        firm.sync()
        assert {"A01", "J01"} <= {finding["code"] for finding in _row(firm)["findings"]}


@pytest.mark.parametrize("number", ["O'Brien-7", "50% & more", "A/B-1", "Ä-9", "x" * 40])
def test_row_94_any_reference_is_looked_for_and_booked(tmp_path: Path, number: str) -> None:
    with running_firm(tmp_path) as firm:
        firm.drop_invoices(approved(number))
        firm.sync()
        assert [(bill["VendorRef"], bill["Status"]) for bill in firm.truth().bills] == [(number, "Open")]


def test_row_79_a_vendor_that_was_renamed_is_the_same_vendor(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.sync("vendors")
        _vendor(VendorName="City Water, merged")(firm)
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        assert [(bill["Vendor"], bill["Status"]) for bill in firm.truth().bills] == [("V10005", "Open")]


def test_row_85_the_control_total_is_sent_with_the_bill(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        sent = [json.loads(each["body"]) for each in firm.truth().writes() if "VendorRef" in each["body"]]
        assert [Decimal(str(body["Amount"]["value"])) for body in sent] == [Decimal("1284.37")]


def test_row_64_a_field_that_is_gone_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"fields_gone": ["BillDetail.TransactionDescription"]}) as firm:
        firm.drop_invoices(approved("INV-8841"))
        done = firm.sync()
        error = done.document["error"]
        assert (done.exit_code, error["code"], firm.truth().writes()) == (3, "acumatica.contract_changed", [])
        assert "no field BillDetail.TransactionDescription any more" in error["message"]
        checked = firm.run("connection", "check", "harbor", "--json")
        assert (checked.exit_code, "BillDetail.TransactionDescription" in checked.output) == (3, True)
        firm.switch(fields_gone=[])
        firm.sync()
        assert (_row(firm)["state"], _statuses(firm)) == ("posted", ["Open"])


def test_row_64_a_field_that_became_mandatory_is_named(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"fields_required": ["BillDetail.TaxCategory"]}) as firm:
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        [finding] = [each for each in _row(firm)["findings"] if each["code"] == "Z08"]
        assert "Acumatica changed: field TaxCategory is now required" in finding["message"]


def test_row_88_a_long_description_is_cut_and_told(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.drop_invoices(approved("INV-8841", description="d" * 600))
        firm.sync()
        [bill] = firm.truth().bills
        assert bill["Description"].startswith("SX") and bill["Description"].endswith(" " + "d" * 495 + "…")
        assert (len(bill["Description"]), bill["Status"]) == (512, "Open")
        assert "H26" in {finding["code"] for finding in _row(firm)["findings"]}


def test_row_89_a_due_date_that_terms_changed_keeps_the_bill_on_hold(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"fields_ignored": ["Bill.DueDate"]}) as firm:
        firm.drop_invoices(approved("INV-8841", due_date=date(2026, 12, 24)))
        firm.sync()
        row, [bill] = _row(firm), firm.truth().bills
        held = (row["state"], bill["Status"]) == ("needs_attention", "On Hold")
        told = bill["Status"] == "Open" and row["findings"]
        assert held or told


def test_row_90_a_bill_in_approval_waits_and_goes_on_by_itself(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"approval_types": ["Bill"]}) as firm:
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        waiting = (_row(firm)["state"], _statuses(firm))
        firm.people("approve_bill", **_KEY)
        firm.sync()
        assert waiting == ("pending_approval", ["Pending Approval"])
        assert (_row(firm)["state"], _statuses(firm)) == ("posted", ["Open"])


def test_row_93_a_list_that_lags_never_makes_a_second_bill(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"duplicate_ref_error": False}) as firm:
        firm.fault("stale", method="GET", path=r"/Bill\?", times=4)
        firm.fault("drop_after_commit", method="PUT", path="/Bill", body_match="VendorRef")
        firm.drop_invoices(approved("INV-8841"))
        for _ in range(3):
            firm.sync()
            time.sleep(QUARANTINE_SECONDS + 0.1)
        assert (_statuses(firm), _row(firm)["state"]) == (["Open"], "posted")


def test_row_91_no_second_bill_is_made_where_hold_is_ignored(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"hold_honoured": "no"}) as firm:
        firm.drop_invoices(approved("INV-1"), approved("INV-2"))
        for _ in range(2):
            done = firm.sync()
            assert (done.exit_code, done.document["error"]["code"]) == (3, "acumatica.hold_ignored")
            assert "This tenant releases bills at once" in done.document["error"]["message"]
            assert _statuses(firm) == ["Open"]
        assert sorted(row["state"] for row in firm.list_invoices().document) == ["needs_attention", "ready"]
        firm.switch(hold_honoured="yes")
        assert firm.run("connection", "check", CONNECTION, "--probe").exit_code == 0
        assert firm.sync().exit_code == 1
        assert sorted(row["state"] for row in firm.list_invoices().document) == ["needs_attention", "posted"]


def test_row_92_a_put_that_stored_nothing_is_asked_for_once_more(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"put_stores": "no"}) as firm:
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        assert (_row(firm)["state"], _statuses(firm)) == ("posting", [])
        firm.switch(put_stores="yes")
        time.sleep(QUARANTINE_SECONDS + 0.1)
        firm.sync()
        assert (_row(firm)["state"], _statuses(firm)) == ("posted", ["Open"])


def test_row_92_a_put_that_never_stores_ends_before_a_person(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"put_stores": "no"}) as firm:
        firm.drop_invoices(approved("INV-8841"))
        for _ in range(3):
            firm.sync()
            time.sleep(QUARANTINE_SECONDS + 0.1)
        row = _row(firm)
        assert (row["state"], _statuses(firm), len(firm.truth().writes())) == ("needs_attention", [], 2)
        assert "Z05" in {finding["code"] for finding in row["findings"]}


def test_row_95_a_site_that_cuts_its_answers_is_read_to_the_end(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"page_size_max": 2}) as firm:
        for reference in ("W-1", "W-2", "W-3"):
            _typed(reference)(firm)
        firm.drop_invoices(approved("INV-8841"), approved("W-3"))
        firm.sync()
        booked = {bill["VendorRef"] for bill in firm.truth().bills if bill["Status"] == "Open"}
        assert (booked, len(firm.truth().bills)) == ({"INV-8841"}, 4)


PEOPLE: dict[str, tuple[str, dict[str, Any], str]] = {
    "row 97: deletes our held bill": ("delete_bill", _KEY, ""),
    "row 98: takes our bill off hold": ("unhold_bill", _KEY, "Open"),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_what_a_person_does_to_our_held_bill_is_never_undone(tmp_path: Path, name: str) -> None:
    action, content, status = PEOPLE[name]
    with running_firm(tmp_path, switches={"release_seconds": 0.01}) as firm:
        firm.fault("status", **OFF_HOLD, times=0)
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        assert _statuses(firm) == ["On Hold"]
        firm.people(action, **content)
        firm.twins.erp.control.call("DELETE", "faults")
        time.sleep(QUARANTINE_SECONDS + 0.1)
        for _ in range(2):
            firm.sync()
        assert _statuses(firm) == ([status] if status else [])
        assert _row(firm)["state"] == ("posted" if status == "Open" else "needs_attention")


def test_row_99_a_held_bill_whose_amount_a_person_changed_stays_on_hold(tmp_path: Path) -> None:
    """The off-hold call fails in the run that verified; the change comes before the next run."""
    with running_firm(tmp_path) as firm:
        firm.fault("status", **OFF_HOLD, times=0)
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        changed = {"fields": {"Amount": "1200.00"}, "lines": {"1": {"ExtendedCost": "1200.00"}}}
        firm.people("edit_bill", **_KEY, **changed)
        firm.twins.erp.control.call("DELETE", "faults")
        time.sleep(QUARANTINE_SECONDS + 0.1)
        firm.sync()
        assert (_row(firm)["state"], _statuses(firm)) == ("needs_attention", ["On Hold"])


def test_rows_100_and_101_a_bill_that_was_paid_or_reversed_is_not_touched_again(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.drop_invoices(approved("INV-1"), approved("INV-2"))
        firm.sync()
        firm.people("pay_bills", bills=[{"type": "Bill", "number": "000001"}])
        firm.people("reverse_bill", type="Bill", number="000002")
        writes = len(firm.truth().writes())
        firm.sync()
        firm.reconcile()
        assert len(firm.truth().writes()) == writes
        assert [bill["Status"] for bill in firm.truth().bills if bill["Type"] == "Bill"] == ["Closed", "Open"]


def test_row_103_a_release_that_fails_leaves_the_bill_balanced_and_says_why(tmp_path: Path) -> None:
    text = "Error: The 10-2026 financial period is inactive in the HRB company."
    body = {"message": "An error has occurred.", "exceptionMessage": text, "exceptionType": "PX.Data.PXException"}
    with running_firm(tmp_path) as firm:
        headers = {"content-type": "application/json"}
        firm.fault("status", path="/ReleaseBill$", times=0, code=500, body=json.dumps(body), headers=headers)
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        row = _row(firm)
        assert (row["state"], _statuses(firm)) == ("needs_attention", ["Balanced"])
        assert "10-2026" in json.dumps(row["findings"])


def test_row_104_bills_that_a_restore_took_away_are_listed_and_never_made_again(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.twins.erp.control.call("POST", "snapshot")
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        firm.twins.erp.control.call("POST", "restore")
        found = firm.prove()
        firm.drop_invoices(approved("INV-8841"), name="approved_invoices_2.csv")
        firm.sync()
        assert firm.truth().bills == []
        assert "missing" in found.output


def test_row_102_an_attachment_that_cannot_be_put_leaves_the_bill_booked_and_is_put_later(tmp_path: Path) -> None:
    layout = flat('[files]\nunwrap = ["zip"]', 'attachments = ["{external_id}.pdf"]')
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data.csv", ROWS + ROW)
        archive.writestr("900101.pdf", PDF)
    with firm_with(tmp_path, layout, match="*.*") as firm:
        firm.fault("status", method="PUT", path="/files/", code=500, times=0)
        firm.drop("20261014.zip", packed.getvalue())
        firm.sync()
        [finding] = [each for each in _row(firm)["findings"] if each["code"] == "Z17"]
        assert (_row(firm)["state"], _statuses(firm), finding["severity"]) == ("posted", ["Open"], "note")
        assert "900101.pdf is not attached to the bill yet" in finding["message"]
        firm.twins.erp.control.call("DELETE", "faults")
        firm.sync()
        [bill] = firm.truth().bills
        [attached] = bill["files"]
        assert (attached["name"].endswith("900101.pdf"), attached["size"]) == (True, len(PDF))
        assert _row(firm)["findings"] == []
