"""The sweep in the whole house, by the rows of the fault catalogue it answers to: a person's double later, another
installation, either side put back from a backup.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

from ml_connector_twins.stampli.outgoing import ApprovedInvoice
from tests.firm import CONNECTION, Firm, Outcome, running_firm
from tests.papers import approved, overhead
from tests.scenarios.test_backup import moved


def sweep(firm: Firm) -> Outcome:
    return firm.run("sync", CONNECTION, "sweep", "--json")


def typed(firm: Firm, reference: str, **fields: str) -> str:
    """A person enters a bill on hold; its number."""
    line = {"Account": "61000", "Branch": "MAIN", "Qty": "1", "ExtendedCost": "1284.37"}
    bill = {"Vendor": "V10005", "VendorRef": reference, "Date": "2026-10-05", "Details": [line], **fields}
    return str(firm.people("type_bill", bill=bill)["ReferenceNbr"])


def invoices(count: int) -> list[ApprovedInvoice]:
    return [approved(f"INV-{each}", stampli_id=f"S-{each}") for each in range(count)]


def test_row_104_bills_that_a_restore_took_away_stop_posting_until_a_person_has_looked(firm: Firm) -> None:
    firm.twins.erp.control.call("POST", "snapshot")
    firm.drop_invoices(*invoices(3))
    assert firm.sync().exit_code == 0
    firm.twins.erp.control.call("POST", "restore")

    told = sweep(firm)
    firm.drop_invoices(approved("NEW"), name="approved_invoices_2.csv")
    stopped = firm.sync()

    assert (told.exit_code, stopped.exit_code) == (4, 4)
    words = "3 posted bills are missing in Acumatica: was it restored?"
    assert (told.document["sweep"]["stopped"], len(told.document["sweep"]["missing"])) == (words, 3)
    assert told.document["error"]["code"] == "posting.bills_missing"
    assert {row["state"] for row in told.document["invoices"]} == {"needs_attention"}
    assert (stopped.invoice("NEW")["state"], firm.truth().bills) == ("ready", [])
    assert "connection check with --accept-sweep" in stopped.document["error"]["fix"]
    assert firm.prove().exit_code == 4

    accepted = firm.run("connection", "check", CONNECTION, "--accept-sweep", "--json")
    again = firm.sync()
    assert accepted.exit_code == 0
    assert (again.invoice("NEW")["state"], [bill["VendorRef"] for bill in firm.truth().bills]) == ("posted", ["NEW"])


def test_row_241_a_database_of_yesterday_is_linked_with_what_was_booked_since(firm: Firm, tmp_path: Path) -> None:
    firm.sync("master-data")
    kept = tmp_path / "monday.tar"
    assert firm.run("backup", str(kept)).exit_code == 0
    firm.drop_invoices(*invoices(3))
    firm.sync()
    elsewhere = moved(firm, tmp_path / "elsewhere")
    assert elsewhere.run("restore", str(kept)).exit_code == 0

    after = elsewhere.sync()

    swept = after.document["sweep"]
    assert swept["messages"] == ["Backup restored: 3 bills found in Acumatica and linked."]
    assert (after.exit_code, {row["state"] for row in after.document["invoices"]}) == (0, {"posted"})
    assert (len(firm.truth().bills), len([each for each in firm.truth().writes() if each["method"] == "PUT"])) == (3, 6)
    assert elsewhere.prove().document[0]["booked_once"] == 3


def test_row_254_a_second_installation_is_told_by_its_marks(firm: Firm, tmp_path: Path) -> None:
    firm.drop_invoices(approved("INV-A"), name="approved_invoices_1.csv")
    firm.sync()
    standby = moved(firm, tmp_path / "standby")
    shutil.copytree(firm.settings.parent / "var", standby.settings.parent / "var", dirs_exist_ok=True)
    (standby.settings.parent / "var" / "ml-connector.db").unlink()
    for each in standby.settings.parent.glob("var/ml-connector.db*"):
        each.unlink()
    for key, value in (
        ("acumatica.password", firm.twins.erp.options.password),
        ("acumatica.client_secret", firm.twins.erp.options.client_secret),
    ):
        assert standby.run("secret", "set", CONNECTION, key, stdin=value).exit_code == 0
    told = replace(standby).run("sync", CONNECTION, "sweep", "--json")
    assert told.exit_code == 1
    [stranger] = told.document["sweep"]["strangers"]
    assert (stranger["invoice_number"], stranger["amount"]) == ("INV-A", "1284.37")
    assert told.document["sweep"]["messages"] == [
        "Another connector works on this company: 1 bills carry a mark like ours that no invoice here has."
    ]


def test_rows_265_and_266_a_bill_typed_later_is_found_also_under_another_spelling(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-0012"), approved("INV-77", overhead("50.00"), stampli_id="S-77"))
    firm.sync()
    firm.switch(duplicate_ref_error=False)
    same, alike = typed(firm, "INV-0012"), typed(firm, "INV-O012")

    told = sweep(firm)

    row = told.invoice("INV-0012")
    assert (told.exit_code, row["state"]) == (1, "needs_attention")
    assert {each["found"] for each in row["findings"] if each["code"] == "R15"} == {
        f"Bill/{key}" for key in (same, alike)
    }
    assert [each["invoice_number"] for each in told.document["invoices"]] == ["INV-0012"]
    assert firm.run("invoice", "accept", CONNECTION, row["id"], "--reason", "two sites, one number").exit_code == 0
    after = firm.sync()
    assert (after.exit_code, firm.show_invoice(row["id"]).document["state"]) == (0, "posted")
    assert sweep(firm).document["sweep"]["doubles"] == []


def test_with_the_mark_in_an_attribute_a_lost_answer_is_found_and_the_description_stays_free(tmp_path: Path) -> None:
    switches = {"custom_fields": ["Document.AttributeSTAMPLIMARK"]}
    sections = {"acumatica": {"mark_attribute": "STAMPLIMARK"}}
    with running_firm(tmp_path, switches=switches, sections=sections) as firm:
        firm.drop_invoices(approved("INV-1"), approved("INV-2", stampli_id="S-2"))
        firm.fault("drop_after_commit", method="PUT", path="/Bill", body_match="VendorRef")

        done = firm.sync()

        bills = firm.truth().bills
        assert (done.exit_code, {row["state"] for row in done.document["invoices"]}) == (0, {"posted"})
        assert [bill["Description"] for bill in bills] == ["Invoice INV-1", "Invoice INV-2"]
        assert all(bill["custom"]["Document.AttributeSTAMPLIMARK"].startswith("SX") for bill in bills)
        assert (firm.prove().exit_code, sweep(firm).exit_code) == (0, 0)


def test_a_double_on_hold_reads_so_in_acumatica_and_the_invoice_is_done_again_without_it(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-1"))
    firm.sync()
    [own] = firm.truth().bills
    firm.switch(duplicate_ref_error=False)
    late = typed(firm, "INV-1", Description=own["Description"])

    told = sweep(firm)

    held = next(bill for bill in firm.truth().bills if bill["ReferenceNbr"] == late)
    mark = own["Description"].split()[0]
    assert held["Description"].startswith(f"{mark} HELD DOUBLE - do not release")
    assert (held["Status"], told.exit_code, told.document["sweep"]["marked"]) == ("On Hold", 1, [f"Bill/{late}"])
    assert firm.prove().document[0]["held_doubles"] != []
    writes = len(firm.truth().writes())
    firm.people("delete_bill", number=late)
    again = sweep(firm)
    assert (again.exit_code, len(firm.truth().writes()), firm.prove().exit_code) == (0, writes, 0)
    assert firm.show_invoice(told.invoice("INV-1")["id"]).document["state"] == "posted"


def test_at_a_cut_over_bills_that_were_there_are_seen_once_and_nobody_is_asked_about_them(firm: Firm) -> None:
    old, new = typed(firm, "OLD-1"), typed(firm, "INV-1")
    firm.drop_invoices(
        approved("OLD-1", invoice_date=date(2025, 11, 5), stampli_id="S-0"), approved("INV-1", stampli_id="S-1")
    )

    first = firm.sync()

    assert first.document["sweep"]["messages"] == []
    assert [(row["invoice_number"], row["state"]) for row in first.document["invoices"]] == [
        ("OLD-1", "ignored"),
        ("INV-1", "needs_attention"),
    ]
    [finding] = [each for each in first.invoice("INV-1")["findings"] if each["severity"] == "stop"]
    assert (finding["code"], finding["found"]) == ("H02", f"Bill/{new}")
    assert finding["fix"] == (
        f"It equals that bill also in amount and date: use invoice handled with --bill Bill/{new}."
    )
    assert firm.run("invoice", "handled", CONNECTION, "S-1", "--bill", f"Bill/{new}").exit_code == 0
    assert firm.show_invoice("S-1").document["state"] == "handled_by_hand"
    assert sweep(firm).document["sweep"]["messages"] == []
    assert sorted(bill["ReferenceNbr"] for bill in firm.truth().bills) == sorted([old, new])


def test_a_dry_run_tells_what_a_sweep_would_find_and_writes_nothing(firm: Firm) -> None:
    firm.drop_invoices(approved("INV-1"))
    firm.sync()
    firm.switch(duplicate_ref_error=False)
    typed(firm, "INV-1", Description=firm.truth().bills[0]["Description"])
    writes, kept = firm.truth().writes(), firm.list_invoices().document

    told = firm.run("sync", CONNECTION, "sweep", "--dry-run", "--json")

    assert (told.exit_code, len(told.document["sweep"]["doubles"]), told.document["sweep"]["marked"]) == (1, 1, [])
    assert (firm.truth().writes(), firm.list_invoices().document) == (writes, kept)
    assert len(sweep(firm).document["sweep"]["marked"]) == 1
