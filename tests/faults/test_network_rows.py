"""Section B of the fault catalogue, row by row: whatever the network does, the invoice is booked once."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.faults.network_faults import CREATION, NETWORK, NetworkFault
from tests.firm import QUARANTINE_SECONDS, Firm, running_firm
from tests.papers import approved

_RUNS_MAX = 5


def _state(firm: Firm) -> str:
    rows = firm.list_invoices().document
    return str(rows[0]["state"]) if rows else "taken"


def _run_until_posted(firm: Firm) -> None:
    for _ in range(_RUNS_MAX):
        if _state(firm) == "posted":
            return
        time.sleep(QUARANTINE_SECONDS + 0.1)
        firm.sync()


def _creations(firm: Firm) -> int:
    puts = [each for each in firm.truth().writes() if each["method"] == "PUT" and "VendorRef" in each["body"]]
    return len(puts)


@pytest.mark.parametrize("fault", NETWORK, ids=lambda fault: fault.name)
def test_the_invoice_is_booked_once(tmp_path: Path, fault: NetworkFault) -> None:
    with running_firm(tmp_path, switches=fault.switches) as firm:
        for plan in fault.plans():
            firm.fault(**plan)
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        first = _state(firm)
        firm.twins.erp.control.call("DELETE", "faults")
        _run_until_posted(firm)

        bills = firm.truth().bills
        assert first in fault.first
        assert [(bill["VendorRef"], bill["Status"], bill["Balance"]) for bill in bills] == [
            ("INV-8841", "Open", "1284.37")
        ]
        assert _creations(firm) <= fault.writes
        assert firm.verify_audit().exit_code == 0


def test_row_24_a_refused_connection_sends_nothing_and_counts_no_attempt(tmp_path: Path) -> None:
    sections = {"acumatica": {"url": "http://127.0.0.1:9"}}
    with running_firm(tmp_path, sections=sections) as firm:
        firm.drop_invoices(approved("INV-8841"))
        done = firm.sync()
        assert (done.exit_code, firm.truth().bills) == (3, [])
        assert done.document["error"]["family"] == "transient"


def test_row_32_a_commit_after_quarantine_and_retry_leaves_a_double_on_hold_and_finishes_one(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"duplicate_ref_error": False}) as firm:
        firm.fault("late_commit", **CREATION, seconds=14)
        firm.drop_invoices(approved("INV-8841"))
        began = time.monotonic()
        firm.sync()
        _run_until_posted(firm)
        assert _state(firm) == "posted"
        while len(firm.truth().bills) == 1 and time.monotonic() - began < 25:
            time.sleep(0.2)
        firm.sync()
        firm.reconcile()
        assert sorted(bill["Status"] for bill in firm.truth().bills) == ["On Hold", "Open"]


@pytest.mark.parametrize("committed", [False, True])
def test_row_46_field_errors_refuse_unless_the_bill_is_there(tmp_path: Path, committed: bool) -> None:
    body = {
        "message": "An error has occurred.",
        "exceptionMessage": "Bill.Details[1].Account: Account '50000' is inactive.",
        "exceptionType": "PX.Api.ContractBased.OutcomeEntityHasErrorsException",
    }
    with running_firm(tmp_path) as firm:
        firm.fault(
            "status",
            **CREATION,
            code=500,
            body=json.dumps(body),
            headers={"content-type": "application/json"},
            commit=committed,
        )
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        state = _state(firm)
        assert len(firm.truth().bills) == int(committed)
        assert state == ("posted" if committed else "needs_attention")


def test_row_48_a_put_played_twice_finishes_neither(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"duplicate_ref_error": False}) as firm:
        firm.fault("duplicate", **CREATION)
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        bills = firm.truth().bills
        assert [bill["Status"] for bill in bills] == ["On Hold", "On Hold"]
        assert _state(firm) == "needs_attention"


def test_row_54_a_storm_of_429_does_not_become_a_busy_loop(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.fault("status", path="/entity/Default", code=429, times=0)
        firm.drop_invoices(approved("INV-8841"))
        began = time.monotonic()
        done = firm.sync()
        took = time.monotonic() - began
        requests = len(firm.truth().requests)
        assert done.exit_code == 3
        assert requests <= 10 + 5 * took
        assert firm.truth().bills == []


def test_row_60_without_a_free_seat_it_waits_and_does_not_hammer(tmp_path: Path) -> None:
    with running_firm(tmp_path, switches={"api_users_max": 0}) as firm:
        firm.drop_invoices(approved("INV-8841"))
        done = firm.sync()
        asked = [each for each in firm.truth().requests if "/connect/token" in each["path"]]
        firm.switch(api_users_max=2)
        firm.sync()
        assert (done.exit_code, done.document["error"]["code"], len(asked) <= 3) == (3, "acumatica.seats_taken", True)
        assert _state(firm) == "posted"


def test_row_61_a_sign_out_that_fails_spoils_nothing(tmp_path: Path) -> None:
    with running_firm(tmp_path, sections={"acumatica": {"auth": "session"}}) as firm:
        firm.fault("status", path="/auth/logout", code=500, times=0)
        firm.drop_invoices(approved("INV-8841"))
        assert (firm.sync().exit_code, _state(firm)) == (0, "posted")


def test_row_62_a_session_that_is_lost_is_opened_again(tmp_path: Path) -> None:
    with running_firm(tmp_path, sections={"acumatica": {"auth": "session"}}) as firm:
        firm.fault("recycle", method="GET", path=r"/Bill\?", nth=1)
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        _run_until_posted(firm)
        signed_in = [each for each in firm.truth().requests if each["path"].endswith("/auth/login")]
        assert ([bill["Status"] for bill in firm.truth().bills], len(signed_in) <= 6) == (["Open"], True)


def test_row_63_an_endpoint_that_is_gone_is_named_with_those_there_are(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.fault("turn", **CREATION, switches={"versions": ["23.200.001"]})
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        time.sleep(QUARANTINE_SECONDS + 0.1)
        done = firm.sync()
        assert firm.truth().bills == []
        assert done.document["error"]["family"] == "configuration"
        assert "23.200.001" in done.document["error"]["message"]


def test_row_67_another_tenant_than_set_up_gets_nothing(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        assert firm.run("connection", "check", "harbor").exit_code == 0
        firm.twins.erp.control.call("POST", "reset", {})
        firm.people("remove_record", entity="Vendor", keys=["V10001"])
        firm.drop_invoices(approved("INV-8841"))
        done = firm.sync()
        assert (done.document["error"]["code"], firm.truth().bills) == ("acumatica.wrong_tenant", [])


def test_row_68_insert_only_that_meets_a_record_stops_for_a_person(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.fault("status", **CREATION, code=412, body='{"message":"x"}', headers={"content-type": "application/json"})
        firm.drop_invoices(approved("INV-8841"))
        firm.sync()
        assert (_state(firm), firm.truth().bills) == ("needs_attention", [])


def test_row_71_a_server_clock_that_is_hours_off_decides_nothing(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.twins.erp.control.advance(3 * 3600)
        firm.drop_invoices(approved("INV-8841"))
        assert (firm.sync().exit_code, _state(firm), len(firm.truth().bills)) == (0, "posted", 1)


def test_row_73_a_proxy_that_asks_for_a_login_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    asks = {"code": 407, "body": "<html>Proxy Authentication Required</html>", "headers": {"content-type": "text/html"}}
    with running_firm(tmp_path) as firm:
        firm.fault("status", **asks, times=0)
        firm.drop_invoices(approved("INV-8841"))
        done = firm.sync()
        error = done.document["error"]
        assert (done.exit_code, error["code"], firm.truth().writes()) == (3, "acumatica.proxy_login", [])
        assert "Your proxy asks for a login" in error["message"]


def test_row_73_a_proxy_that_comes_up_in_the_middle_of_a_run_pauses_it(tmp_path: Path) -> None:
    with running_firm(tmp_path) as firm:
        firm.fault("status", path="/entity/Default/", code=407, times=0)
        firm.drop_invoices(approved("INV-8841"))
        assert firm.sync().document["error"]["code"] == "acumatica.proxy_login"
        firm.twins.erp.control.call("DELETE", "faults")
        _run_until_posted(firm)
        assert [bill["Status"] for bill in firm.truth().bills] == ["Open"]
