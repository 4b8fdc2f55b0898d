"""A vendor whose code is changed in Acumatica (``ap_domain.md`` 2.1): what was approved under the old one is booked
once, under the new one.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ml_connector_twins.stampli.incoming import list_received
from tests.firm import Firm, running_firm
from tests.papers import approved, on_rental_order, overhead
from tests.scenarios.reading import codes_of, fate_of, proven

FROZEN = {"freeze_until": date(2099, 1, 1)}


def rename(firm: Firm, old: str, new: str) -> None:
    """People change a vendor's id."""
    firm.people("change_key", entity="Vendor", keys=[old], to=[new])


def thaw(firm: Firm) -> None:
    """The freeze is over."""
    text = firm.settings.read_text(encoding="utf-8")
    firm.settings.write_text(text.replace("freeze_until = 2099-01-01", ""), encoding="utf-8")


def test_an_invoice_that_waited_is_booked_under_the_new_id(tmp_path: Path) -> None:
    with running_firm(tmp_path, policy=FROZEN) as firm:
        firm.drop_invoices(
            approved("MR-1", overhead("100.00"), vendor="V10004"),
            approved("MR-2", on_rental_order("6450.00"), vendor="V10004"),
        )
        assert fate_of(firm.sync("all"), "MR-2") == ("ready", None)
        rename(firm, "V10004", "V20004")
        thaw(firm)

        outcome = firm.sync("all")

        assert [fate_of(outcome, number) for number in ("MR-1", "MR-2")] == [("posted", "Open")] * 2
        assert codes_of(outcome, "MR-1", notes=True) == ["V02"]
        assert len(firm.truth().bills_of("V20004", "MR-1")) == len(firm.truth().bills_of("V20004", "MR-2")) == 1
        assert proven(firm) == (0, "0.00", 2, "0.00")


def test_a_rename_after_master_data_was_read_is_noticed_by_the_refusal_and_booked_in_the_same_pass(
    tmp_path: Path,
) -> None:
    with running_firm(tmp_path, policy=FROZEN) as firm:
        firm.drop_invoices(approved("MR-1", overhead("100.00"), vendor="V10004"))
        assert fate_of(firm.sync("all"), "MR-1") == ("ready", None)
        rename(firm, "V10004", "V20004")
        thaw(firm)

        outcome = firm.sync()

        assert (outcome.exit_code, fate_of(outcome, "MR-1")) == (0, ("posted", "Open"))
        assert len(firm.truth().bills_of("V20004", "MR-1")) == 1


def test_an_invoice_that_comes_later_under_the_old_id_is_booked_under_the_new_one_and_no_number_twice(
    firm: Firm,
) -> None:
    firm.drop_invoices(approved("MR-1", overhead("100.00"), vendor="V10004"))
    firm.sync("all")
    rename(firm, "V10004", "V20004")
    firm.drop_invoices(
        approved("MR-2", overhead("200.00"), vendor="V10004"),
        approved("MR-1", overhead("100.00"), vendor="V20004"),
        name="approved_invoices_2.csv",
    )

    outcome = firm.sync("all")

    assert fate_of(outcome, "MR-2") == ("posted", "Open")
    assert outcome.invoice("MR-1")["findings"][0]["code"] == "H02"
    assert [bill["VendorRef"] for bill in firm.truth().bills if bill["Vendor"] == "V20004"] == ["MR-1", "MR-2"]


def test_the_feed_keeps_the_old_id_inactive_beside_the_new_one(firm: Firm) -> None:
    firm.sync("master-data")
    rename(firm, "V10004", "V20004")

    (feed,) = [each for each in firm.sync("master-data").document["feeds"] if each["feed"] == "vendors"]

    assert (feed["reason"], feed["sent"], feed["added"], feed["changed"], feed["removed"]) == (None, True, 1, 1, 0)
    file = [each for each in list_received(firm.twins.stampli.folders.inbound) if each.feed == "vendors"][-1]
    rows = {row["VendorID"]: row for row in file.rows}
    told = [(rows[key]["Status"], rows[key]["InactiveReason"]) for key in ("V10004", "V20004")]
    assert told == [("Inactive", "renamed to V20004"), ("Active", "")]
    assert rows["V10004"]["InactiveOn"] != "" and rows["V10004"]["RecordID"] == rows["V20004"]["RecordID"]
