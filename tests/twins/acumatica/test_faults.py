"""Planned faults, long operations and the throttle: acumatica_api.md 3, 5.4, 13; fault_catalogue.md B."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from ml_connector_twins.acumatica.switches import SwitchValue
from tests.twins.acumatica.wire import Erp, a_bill, signed_in, wrapped


def _references(erp: Erp) -> list[str]:
    return [bill["VendorRef"] for bill in erp.twin.control.bills()]


def test_a_drop_before_leaves_nothing_behind() -> None:
    """Row 34: reset, not a clean end."""
    with signed_in() as erp:
        erp.twin.control.fault("drop_before", method="PUT", path="/Bill")
        with pytest.raises(ConnectionResetError):
            erp.put("Bill", a_bill())
        after = erp.put("Bill", a_bill(VendorRef="INV-2"))
        log = [(entry["fault"], entry["status"]) for entry in erp.twin.control.requests() if entry["method"] == "PUT"]
        assert _references(erp) == ["INV-2"]
    assert after.status == 200
    assert log == [("drop_before", 0), ("", 200)]


def test_a_drop_after_commit_leaves_the_bill() -> None:
    """Row 33."""
    with signed_in() as erp:
        erp.twin.control.fault("drop_after_commit", method="PUT", path="/Bill")
        with pytest.raises(ConnectionResetError):
            erp.put("Bill", a_bill())
        assert _references(erp) == ["INV-8841"]


def test_a_late_commit_comes_after_the_client_was_cut_off() -> None:
    """Row 30."""
    with signed_in() as erp:
        erp.twin.control.fault("late_commit", method="PUT", path="/Bill", seconds=0.8)
        with pytest.raises(ConnectionResetError):
            erp.put("Bill", a_bill())
        at_once = _references(erp)
        until = time.monotonic() + 5
        while not _references(erp) and time.monotonic() < until:
            time.sleep(0.02)
        later = _references(erp)
    assert (at_once, later) == ([], ["INV-8841"])


def test_the_nth_matching_request_is_hit_as_often_as_asked() -> None:
    with signed_in() as erp:
        erp.twin.control.fault("status", method="GET", path="/Vendor", nth=2, times=2, code=503, body="busy")
        statuses = [erp.get("Vendor/V10001").status for _ in range(4)]
    assert statuses == [200, 503, 503, 200]


def test_an_error_page_may_come_after_the_commit() -> None:
    """Rows 45 and 47."""
    with signed_in() as erp:
        erp.twin.control.fault("status", method="PUT", path="/Bill", code=502, body="<html>", commit=True)
        reply = erp.put("Bill", a_bill())
        assert _references(erp) == ["INV-8841"]
    assert (reply.status, reply.body) == (502, b"<html>")


def test_pages_redirects_and_cut_answers() -> None:
    """Rows 40, 41, 35."""
    with signed_in() as erp:
        erp.twin.control.fault("html", path="/Vendor")
        page = erp.get("Vendor")
        erp.twin.control.fault("redirect", path="/Vendor", url="https://evil.example/")
        moved = erp.get("Vendor")
        erp.twin.control.fault("truncate", path="/Vendor", fraction=0.5)
        with pytest.raises(http.client.IncompleteRead):
            erp.get("Vendor")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (moved.status, moved.headers["location"]) == (302, "https://evil.example/")


def test_an_answer_may_drip_or_be_delayed() -> None:
    """Rows 37 and 31."""
    with signed_in() as erp:
        body = len(erp.get("Ledger").body)
        erp.twin.control.fault("drip", path="/Ledger", bytes_per_second=body / 0.4)
        start = time.monotonic()
        dripped = erp.get("Ledger")
        middle = time.monotonic()
        erp.twin.control.fault("delay", path="/Ledger", seconds=0.3)
        erp.get("Ledger")
        end = time.monotonic()
    assert len(dripped.body) == body
    assert middle - start >= 0.3
    assert end - middle >= 0.3


def test_a_proxy_may_play_a_put_twice() -> None:
    """Row 48."""
    with signed_in({"duplicate_ref_error": False}) as erp:
        erp.twin.control.fault("duplicate", method="PUT", path="/Bill")
        reply = erp.put("Bill", a_bill())
        assert _references(erp) == ["INV-8841", "INV-8841"]
    assert reply.json["ReferenceNbr"]["value"] == "000002"


def test_a_stale_read_misses_the_newest_bill_and_keeps_the_older_one() -> None:
    """Row 93."""
    with signed_in() as erp:
        erp.put("Bill", a_bill())
        erp.twin.control.fault("stale", method="GET", path="/Bill", times=1)
        erp.put("Bill", a_bill(VendorRef="INV-2"))
        stale = [row["VendorRef"]["value"] for row in erp.rows("Bill")]
        fresh = sorted(row["VendorRef"]["value"] for row in erp.rows("Bill"))
    assert (stale, fresh) == (["INV-8841"], ["INV-2", "INV-8841"])


def test_a_racy_duplicate_check_lets_two_saves_at_once_pass() -> None:
    """posting_protocol 0.4 and E3; the atomic check stops the second."""
    found = {}
    for timing in ("atomic", "racy"):
        with signed_in({"duplicate_check_timing": timing, "racy_seconds": 0.6}) as erp, ThreadPoolExecutor(2) as pool:
            found[timing] = sorted(reply.status for reply in pool.map(lambda _: erp.put("Bill", a_bill()), range(2)))
    assert found == {"atomic": [200, 422], "racy": [200, 200]}


def test_a_release_runs_on_and_blocks_its_session_for_that_screen() -> None:
    """13.17, 3, 5.4: 202 and Location; polls are not counted; another screen and another session go on."""
    with signed_in({"release_seconds": 3600, "hold_on_entry": False}) as erp:
        number = erp.put("Bill", a_bill(Hold=False)).json["ReferenceNbr"]["value"]
        other = Erp(erp.twin)
        other.sign_in()
        started = erp.post("Bill/ReleaseBill", {"entity": wrapped({"Type": "Bill", "ReferenceNbr": number})})
        poll = erp.send("GET", started.headers["location"])
        blocked = erp.get(f"Bill/Bill/{number}")
        elsewhere = erp.get("Vendor/V10001")
        stranger = other.get(f"Bill/Bill/{number}")
        foreign_poll = other.send("GET", started.headers["location"])
        erp.twin.control.call("POST", "operations/finish")
        done = erp.polled(started)
        after = erp.get(f"Bill/Bill/{number}").json["Status"]["value"]
        counted = [entry["counted"] for entry in erp.twin.control.requests() if "/status/" in entry["path"]]
    assert (started.status, poll.status, done.status, after) == (202, 202, 204, "Open")
    assert started.headers["location"].startswith("/entity/Default/24.200.001/Bill/ReleaseBill/status/")
    assert (blocked.status, "A long oper" in blocked.json["exceptionMessage"]) == (500, True)
    assert (elsewhere.status, stranger.json["Status"]["value"], foreign_poll.status) == (200, "Balanced", 404)
    assert not any(counted)


def test_a_full_queue_answers_429() -> None:
    """3: one works, one waits, the third is refused; Retry-After only where the switch sets it."""
    switches: dict[str, SwitchValue] = {"concurrent_requests_max": 1, "queue_max": 1, "retry_after": "7"}
    with signed_in(switches) as erp:
        erp.twin.control.turn(duplicate_check_timing="racy", racy_seconds=1.0)
        with ThreadPoolExecutor(3) as pool:
            replies = list(pool.map(lambda n: erp.put("Bill", a_bill(VendorRef=f"R{n}")), range(3)))
    refused = next(reply for reply in replies if reply.status == 429)
    assert sorted(reply.status for reply in replies) == [200, 200, 429]
    assert refused.headers["retry-after"] == "7"


def test_requests_above_half_of_the_minute_limit_are_slowed_not_refused() -> None:
    """3."""
    with signed_in() as erp:
        erp.twin.control.turn(requests_per_minute_max=400, throttle_delay="on")
        start = time.monotonic()
        statuses = {erp.get("Ledger").status for _ in range(198)}
        before_half = time.monotonic() - start
        start = time.monotonic()
        statuses.add(erp.get("Ledger").status)
        statuses.add(erp.get("Ledger").status)
        after_half = time.monotonic() - start
    assert statuses == {200}
    assert after_half > 0.2 > before_half / 198


def test_an_unknown_fault_is_refused_with_the_known_ones() -> None:
    with signed_in() as erp, pytest.raises(Exception, match="drop_before"):
        erp.twin.control.fault("explode")


def test_a_hang_ends_when_the_caller_gives_up_and_the_work_may_be_done() -> None:
    """13.20: Row 29 and 31: nothing is sent, and the commit may have happened."""
    with signed_in() as erp:
        erp.twin.control.fault("hang", method="PUT", path="/Bill", commit=True)
        connection = http.client.HTTPConnection(erp.twin.url.removeprefix("http://"), timeout=0.5)
        with pytest.raises(TimeoutError):
            connection.request("PUT", erp.path("Bill"), json.dumps(a_bill()), erp.headers)
            connection.getresponse()
        connection.close()
        assert _references(erp) == ["INV-8841"]


def test_a_recycle_resets_the_connection_and_ends_every_session() -> None:
    """Row 66, 11: with OAuth the next request opens a session anew, a cookie session is gone."""
    with signed_in() as erp:
        erp.twin.control.fault("recycle", method="PUT", path="/Bill", commit=True)
        with pytest.raises(ConnectionResetError):
            erp.put("Bill", a_bill())
        seats = erp.twin.control.call("GET", "sessions")["open"]
        after = erp.get("Ledger").status
        assert (_references(erp), seats, after) == (["INV-8841"], 0, 200)


def test_an_endpoint_may_be_upgraded_in_the_middle_of_a_run() -> None:
    """Row 63: from the nth request on, a version is gone."""
    with signed_in() as erp:
        erp.twin.control.fault("turn", path="/Ledger", nth=2, switches={"versions": ["23.200.001"]})
        statuses = [erp.get("Ledger").status for _ in range(3)]
    assert statuses == [200, 404, 404]


def test_a_mixed_up_proxy_gives_the_answer_of_the_request_before() -> None:
    """Row 72: the work is done, the answer is another's."""
    with signed_in() as erp:
        vendor = erp.get("Vendor/V10001").body
        erp.twin.control.fault("swap", method="PUT", path="/Bill")
        swapped = erp.put("Bill", a_bill())
        assert (swapped.status, swapped.body, _references(erp)) == (200, vendor, ["INV-8841"])


def test_a_storm_of_one_seed_is_the_same_storm_again() -> None:
    """Fault plans by seed."""
    seen = []
    for _ in range(2):
        with signed_in() as erp:
            storm = {"seed": 7, "rate": 0.5, "kinds": ["status", "html"], "method": "GET", "path": "/Ledger"}
            erp.twin.control.call("POST", "faults/storm", storm)
            seen.append([(reply.status, reply.body[:5]) for reply in (erp.get("Ledger") for _ in range(30))])
            erp.twin.control.call("DELETE", "faults")
            calm = erp.get("Ledger").status
    assert seen[0] == seen[1]
    assert (calm, {status for status, _ in seen[0]} > {200}) == (200, True)


def test_a_storm_can_be_limited_and_names_its_kinds() -> None:
    with signed_in() as erp:
        erp.twin.control.call("POST", "faults/storm", {"seed": 1, "rate": 1, "kinds": ["status"], "times": 2})
        statuses = [erp.get("Ledger").status for _ in range(4)]
        with pytest.raises(Exception, match="drop_before"):
            erp.twin.control.call("POST", "faults/storm", {"seed": 1, "rate": 1, "kinds": ["explode"]})
    assert [status == 200 for status in statuses] == [False, False, True, True]


def test_a_request_that_waits_too_long_in_the_queue_is_refused_with_429() -> None:
    """3, 13.7: rejected when a request waited more than 10 minutes; here half a second."""
    with signed_in({"concurrent_requests_max": 1, "queue_seconds_max": 0.5}) as erp:
        erp.twin.control.turn(duplicate_check_timing="racy", racy_seconds=1.5)
        with ThreadPoolExecutor(2) as pool:
            statuses = sorted(reply.status for reply in pool.map(lambda n: erp.put("Bill", _numbered(n)), range(2)))
    assert statuses == [200, 429]


def _numbered(n: int) -> dict[str, object]:
    return a_bill(VendorRef=f"R{n}")


def _at_the_top_of_a_minute(erp: Erp) -> datetime:
    """The twin's clock moved on to a full minute: what is left of a calendar minute depends on where one starts."""
    now = datetime.fromisoformat(erp.twin.control.call("GET", "state")["now"])
    erp.twin.control.advance(60 - now.second - now.microsecond / 1e6)
    return datetime.fromisoformat(erp.twin.control.call("GET", "state")["now"])


@pytest.mark.parametrize("minute", ["sliding", "calendar"])
def test_in_virtual_time_the_delay_moves_the_clock_and_nobody_waits(minute: str) -> None:
    """3, 13.7: delay = time left / requests left once half of the minute is used; two readings of the minute."""
    with signed_in() as erp:
        erp.twin.control.turn(requests_per_minute_max=40, throttle_delay="virtual", throttle_minute=minute)
        before = _at_the_top_of_a_minute(erp)
        start = time.monotonic()
        statuses = {erp.get("Ledger").status for _ in range(60)}
        real = time.monotonic() - start
        virtual = datetime.fromisoformat(erp.twin.control.call("GET", "state")["now"]) - before
    assert statuses == {200}
    assert virtual.total_seconds() > 20 > real


def test_a_storm_turns_switches_and_answers_only_the_statuses_it_is_given() -> None:
    """An upgrade in the middle of a run, and a storm of 429, by seed."""
    gone = {"seed": 3, "rate": 1, "kinds": ["turn"], "switches": {"versions": ["23.200.001"]}, "times": 1}
    with signed_in() as erp:
        erp.twin.control.call("POST", "faults/storm", {"seed": 3, "rate": 1, "kinds": ["status"], "codes": [429]})
        limited = {erp.get("Ledger").status for _ in range(5)}
        erp.twin.control.call("POST", "faults/storm", gone)
        upgraded = erp.get("Ledger").status
    assert (limited, upgraded) == ({429}, 404)
