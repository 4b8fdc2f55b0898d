"""A feed that would lose too much, from the command line: held, shown, let pass by a person, sent."""

from __future__ import annotations

from typing import Any

from ml_connector_twins.stampli.incoming import list_received
from tests.firm import CONNECTION, Firm, Outcome
from tests.papers import approved, overhead


def feed_of(outcome: Outcome, name: str) -> Any:
    """What became of a feed."""
    return next(each for each in outcome.document["feeds"] if each["feed"] == name)


def vendor_rows(firm: Firm) -> list[dict[str, str]]:
    """The rows of the last vendor file."""
    files = [each for each in list_received(firm.twins.stampli.folders.inbound) if each.feed == "vendors"]
    return [dict(row) for row in files[-1].rows]


def test_vendors_put_on_hold_all_at_once_are_held_shown_and_sent_when_a_person_says_so(firm: Firm) -> None:
    assert firm.sync("master-data").exit_code == 0
    firm.drop_invoices(approved("INV-1", overhead("10.00"), vendor="V10004", status="Pending"))
    firm.sync()
    before = vendor_rows(firm)
    for code in ("V10001", "V10002", "V10004"):
        firm.people("put_record", entity="Vendor", fields={"VendorID": code, "Status": "On Hold"})

    held = firm.sync("master-data")
    feed = feed_of(held, "vendors")

    assert (held.exit_code, feed["held"], feed["sent"], feed["changed"]) == (1, True, False, 3)
    assert vendor_rows(firm) == before
    status = {"field": "Status", "before": "Active", "after": "Inactive"}
    assert [status in change["fields"] for change in feed["changes"]] == [True] * 3
    stranded = {row["key"]: [each["invoice_number"] for each in row["invoices"]] for row in feed["inactivated"]}
    assert stranded == {"V10004": ["INV-1"], "V10001": [], "V10002": []}
    listed = {row["feed"]: row for row in firm.run("feed", "list", CONNECTION, "--json").document}
    assert (listed["vendors"]["state"], listed["accounts"]["state"]) == ("held", "current")
    assert listed["vendors"]["held"]["alarms"][0]["rows"] == ["V10001", "V10002", "V10004"]
    assert "vendors is held since" in firm.run("feed", "list", CONNECTION).output

    assert firm.run("feed", "accept", CONNECTION, "accounts").exit_code == 1
    assert firm.run("feed", "accept", CONNECTION, "vendors", "--reason", "credit check").exit_code == 0
    sent = firm.sync("master-data")

    assert (sent.exit_code, feed_of(sent, "vendors")["sent"]) == (0, True)
    reasons = {row["VendorID"]: row["InactiveReason"] for row in vendor_rows(firm)}
    assert [reasons[code] for code in ("V10001", "V10002", "V10004", "V10005")] == ["on hold"] * 3 + [""]
