"""A reading that goes wrong never shortens a list: held, not sent, or read whole after all (one firm for all cases)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ml_connector_twins.acumatica.switches import SwitchValue
from ml_connector_twins.stampli.incoming import list_received
from tests.firm import FEEDS, Firm, Outcome, running_firm

NO_VALUE = {"exceptionType": "System.NullReferenceException"}
OUT = tuple(feed for feed in FEEDS if feed not in ("approved_invoices", "payments"))


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """The firm, every feed sent once."""
    with running_firm(tmp_path_factory.mktemp("firm")) as running:
        assert running.sync("master-data").exit_code == 0
        running.twins.erp.control.call("POST", "snapshot")
        yield running


@pytest.fixture
def sent(standing: Firm) -> Iterator[Firm]:
    """The firm, afterwards as it was."""
    yield standing
    control = standing.twins.erp.control
    control.call("DELETE", "faults")
    control.call("POST", "restore")
    standing.switch(page_size_max=0, versions=["20.200.001", "22.200.001", "23.200.001", "24.200.001"])


def received(firm: Firm) -> dict[str, int]:
    """How many files of each feed Stampli has."""
    names = [each.feed for each in list_received(firm.twins.stampli.folders.inbound)]
    return {feed: names.count(feed) for feed in OUT}


def usable(firm: Firm, feed: str) -> set[tuple[str, ...]]:
    """The keys of the rows of the feed's last file that may be picked."""
    rows = [each for each in list_received(firm.twins.stampli.folders.inbound) if each.feed == feed][-1].rows
    off = ("Active", "false"), ("Status", "Inactive"), ("Closed", "true")
    return {tuple(row.values())[:2] for row in rows if not any(row.get(name) == value for name, value in off)}


def all_usable(firm: Firm) -> Mapping[str, set[tuple[str, ...]]]:
    """Of every feed."""
    return {feed: usable(firm, feed) for feed in OUT}


def feeds(outcome: Outcome) -> Mapping[str, Any]:
    """What became of each feed."""
    return {each["feed"]: each for each in outcome.document["feeds"]}


def test_records_that_are_gone_at_once_hold_the_file(sent: Firm) -> None:
    before = received(sent)
    for code in ("V10002", "V10003", "V10004", "V10005"):
        sent.people("remove_record", entity="Vendor", keys=[code])
    outcome = sent.sync("master-data")

    told = feeds(outcome)["vendors"]
    assert (outcome.exit_code, told["held"], told["sent"], told["removed"]) == (1, True, False, 4)
    assert received(sent)["vendors"] == before["vendors"]


def test_a_site_that_cuts_lists_at_a_page_border_is_read_whole(sent: Firm) -> None:
    before = all_usable(sent)
    sent.switch(page_size_max=4)
    outcome = sent.sync("master-data")

    assert outcome.exit_code == 0
    assert all_usable(sent) == before


def test_an_error_in_the_middle_sends_no_feed_that_needs_what_was_not_read(sent: Firm) -> None:
    before = received(sent)
    body = json.dumps({"message": "An error has occurred.", "exceptionMessage": "Object reference not set", **NO_VALUE})
    sent.fault("status", code=500, body=body, path=r"/(ProjectTask|Account)([?]|$)", times=0)
    outcome = sent.sync("master-data")

    told = feeds(outcome)
    assert outcome.exit_code in (1, 3)
    assert [told[feed]["sent"] for feed in ("accounts", "dimensions")] == [False, False]
    assert {feed: received(sent)[feed] for feed in ("accounts", "dimensions")} == {
        feed: before[feed] for feed in ("accounts", "dimensions")
    }


def test_an_endpoint_that_is_gone_sends_nothing(sent: Firm) -> None:
    before = received(sent)
    versions: list[SwitchValue] = ["25.200.001"]
    sent.fault("turn", path="/Vendor[?]", switches={"versions": versions})
    outcome = sent.sync("master-data")

    assert outcome.exit_code == 3
    assert not any(each["sent"] for each in feeds(outcome).values())
    assert (received(sent), set(feeds(outcome))) == (before, set(OUT))


@pytest.mark.parametrize("path", ["/Account[?]", "/CostCode[?]"])
def test_a_session_that_is_lost_in_the_middle_shortens_nothing(sent: Firm, path: str) -> None:
    before = all_usable(sent)
    sent.fault("recycle", path=path)
    outcome = sent.sync("master-data")

    assert all_usable(sent) == before
    assert outcome.exit_code in (0, 3)
