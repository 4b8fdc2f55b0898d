"""Questions that need documents of one's own, or strain the site (``acumatica_api.md 12``; E1, E3 to E10)."""

from __future__ import annotations

import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from ml_connector.acumatica.filters import encode_query
from ml_connector.acumatica.values import Row, encode_json, flag, text, wrap
from ml_connector.acumatica.wire.outcomes import lacks_seat
from ml_connector.acumatica.wire.transport import Call, Reply
from ml_connector.errors import ConnectorError
from tests.conformance.answers import Answer, Question
from tests.conformance.site import Site, record, told

_OWN_ID = "5e0c0f00-0000-4000-8000-{:012x}"
_MINUTE_MAX = 400
_SEATS_MAX = 12
_PARALLEL_MAX = 50
_LAG_SECONDS_MAX = 60.0
_FULL_WIDTH = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))


def made(site: Site, name: str, **changes: Any) -> Row:
    """A bill of ours; LookupError where the site does not make it."""
    reply = site.put(site.bill(site.reference(name), **changes))
    if reply.status != 200:
        raise LookupError(f"no bill of our own can be made: {told(reply)}")
    return record(reply)


def duplicate(site: Site) -> Answer:
    """The same reference again, then on a debit adjustment (8.5)."""
    made(site, "DUP")
    again = site.put(site.bill(site.reference("DUP")))
    if again.status == 200:
        return Answer("taken: the preference is off", False, {"duplicate_ref_error": False})
    other = site.put(site.bill(site.reference("DUP"), Type="Debit Adj."))
    switches: dict[str, object] = {
        "duplicate_ref_error": True,
        "duplicate_ref_answer": "422_entity" if again.status == 422 else "500_exception",
        "duplicate_ref_scope": "vendor+type" if other.status == 200 else "vendor",
    }
    return Answer(f"{told(again)}; on a Debit Adj.: {told(other)}", True, switches)


def preconditions(site: Site) -> Answer:
    """Insert only where it is there, update only where it is not (5.1)."""
    bill = made(site, "PRE")
    there = {"Type": wrap("Bill"), "ReferenceNbr": wrap(text(bill, "ReferenceNbr") or ""), "Hold": wrap(True)}
    gone = {"Type": wrap("Bill"), "ReferenceNbr": wrap("NOSUCHBILL"), "Hold": wrap(True)}
    replies = [site.put(there, headers={"If-None-Match": "*"}), site.put(gone, headers={"If-Match": "*"})]
    return Answer("; ".join(told(each) for each in replies), all(each.status == 412 for each in replies))


def failing_release(site: Site) -> Answer:
    """How the poll of a release that fails is told: of a bill on hold (5.4)."""
    reply = site.act("ReleaseBill", made(site, "FAIL"))
    told_by = "by the poll" if reply.headers.get("polled") else "by the call itself"
    return Answer(f"{told_by}: {told(reply)}", reply.status >= 400)


def closed_order(site: Site) -> Answer:
    """A bill line on an order line that is closed (8.3)."""
    kind, number, line = (*site.given["CLOSED_ORDER"].split("/"), "1")[:3]
    row = {"POOrderType": kind, "POOrderNbr": number, "POLine": int(line), "ExtendedCost": 1}
    reply = site.put(site.bill(site.reference("CLOSED"), Details=[row]))
    taken = reply.status == 200
    return Answer(told(reply), not taken, {"po_link_not_billable": "accept" if taken else "refuse"})


def subcontract(site: Site) -> Answer:
    """How a bill line names a subcontract line, and whether its retainage comes along (8.3)."""
    number, line = (*site.given["SUBCONTRACT"].split("/"), "1")[:2]
    for label, position in (("Subcontract", "po_fields_type_label"), ("RS", "po_fields_type_code")):
        row = {"POOrderType": label, "POOrderNbr": number, "POLine": int(line), "ExtendedCost": 1}
        reply = site.put(site.bill(site.reference(f"SC{label}"), Details=[row]))
        rows = record(reply).get("Details") or [{}]
        if reply.status == 200 and text(rows[0], "POOrderNbr") == number:
            held = any(text(rows[0], name) not in (None, "0", "0.0") for name in ("RetainagePct", "RetainageAmount"))
            found = {"subcontract_link": position, "retainage_from_commitment": "inherit" if held else "none"}
            return Answer(f"by POOrderType {label}", True, found)
    return Answer(told(reply), False, {"subcontract_link": "not_available"})


def hold(site: Site) -> Answer:
    """Hold by PUT, both ways, and the release action from each status (E1)."""
    if site.unheld:
        return Answer("a bill that was asked for on hold came back off hold", False, {"hold_honoured": "no"})
    bill = made(site, "HOLD")
    statuses = [site.status(bill)]
    kept = bool(flag(bill, "Hold")) or statuses[0] == "On Hold"
    said = [f"release of it: {told(site.act('ReleaseBill', bill))}"]
    whole = text(bill, "Balance") or "1"
    for fields in ({"Hold": False, "Amount": whole}, {"Hold": True}, {"Hold": False, "Amount": whole}):
        site.change(bill, **fields)
        statuses.append(site.status(bill))
    released = site.act("ReleaseBill", bill)
    said.append(f"then: {told(released)}, {site.status(bill)}; again: {told(site.act('ReleaseBill', bill))}")
    switches: dict[str, object] = {"hold_honoured": "yes" if kept else "no"}
    if released.status in (202, 204):
        switches["release_answer"] = "202" if released.headers.get("polled") else "204"
    return Answer(f"{' -> '.join(statuses)}; {'; '.join(said)}", kept and statuses[2:3] == ["On Hold"], switches)


def parallel_doubles(site: Site) -> Answer:
    """Two saves of one reference at once, again and again: how many doubles pass (E3)."""
    pairs = min(int(site.given.get("PAIRS", "5")), _PARALLEL_MAX)
    doubles = 0
    with ThreadPoolExecutor(2) as pool:
        for number in range(pairs):
            body = site.bill(site.reference(f"P{number}"))
            replies = list(pool.map(site.put, [body, body]))
            doubles += [each.status for each in replies] == [200, 200]
    switches = {"duplicate_check_timing": "racy"} if doubles else {}
    return Answer(f"{doubles} of {pairs} pairs were both saved", doubles == 0, switches)


def own_id(site: Site) -> Answer:
    """A record id of ours in a PUT that creates (E4)."""
    wanted = _OWN_ID.format(int(site.run, 16))
    reply = site.put({**site.bill(site.reference("ID")), "id": wanted})
    kept = record(reply).get("id") == wanted
    position = "keep" if kept else "ignore" if reply.status == 200 else "refuse"
    return Answer(told(reply), kept, {"own_id": position})


def disconnect(site: Site) -> Answer:
    """The caller goes away: does it commit all the same, and until when (E5)."""
    waits = [1.0, 60.0, 299.0] if site.given.get("STRAIN") else [0.2, 1.0]
    seen = []
    for wait in waits:
        reference = site.reference(f"GONE{wait:.0f}")
        answered = True
        try:
            site.put(site.bill(reference), seconds=wait)
        except ConnectorError:
            answered = False
            site.clock.sleep(min(wait, 5.0))
        count = len(site.found(reference))
        seen.append(f"after {wait} s {'answered' if answered else 'cut'}, {count} bills")
    return Answer("; ".join(seen))


def lag(site: Site) -> Answer:
    """Is a bill in a list as soon as its PUT is answered (E6)."""
    writes = int(site.given.get("LAG_WRITES", "10"))
    late, longest = 0, 0.0
    for number in range(writes):
        reference = site.reference(f"LAG{number}")
        made(site, f"LAG{number}")
        began, shown = site.clock.monotonic(), bool(site.found(reference))
        late += not shown
        while not shown and site.clock.monotonic() - began < _LAG_SECONDS_MAX:
            site.clock.sleep(0.1)
            shown = bool(site.found(reference))
            longest = max(longest, site.clock.monotonic() - began)
    said = f"{late} of {writes} were not shown by the next read{f', at most {longest:.1f} s long' if late else ''}"
    return Answer(said, late == 0, {"list_lag_seconds": round(longest, 1)})


def limit_form(site: Site) -> Answer:
    """Reads without a pause until one is refused: the form of 429 (E7)."""
    call = Call("GET", f"{site.client.root}/Vendor", encode_query({"$top": "1", "$select": "VendorID"}), counted=False)
    for number in range(_MINUTE_MAX):
        reply = site.client._send(site.client._proven_credential(), call, site.seconds)
        if reply.status == 429:
            told_after = reply.headers.get("retry-after", "")
            switches = {"retry_after": told_after} if told_after else {}
            return Answer(f"after {number} reads: {told(reply)}; Retry-After {told_after or 'absent'}", True, switches)
    return Answer(f"{_MINUTE_MAX} reads were answered", False)


def seats(site: Site) -> Answer:
    """Sign in by cookie until a seat is refused, then sign all out again (2.4)."""
    root = site.client.root.partition("entity/")[0]
    form = {name: site.given[key] for name, key in _LOGIN.items()}
    opened: list[str] = []
    refused: Reply | None = None
    try:
        while refused is None and len(opened) < _SEATS_MAX:
            call = Call("POST", f"{root}entity/auth/login", "", {"Content-Type": "application/json"}, encode_json(form))
            reply = site.client._transport.send(call, site.seconds)
            if reply.status not in (200, 204) or lacks_seat(reply):
                refused = reply
            else:
                opened.append("; ".join(cookie.partition(";")[0] for cookie in reply.set_cookies))
    finally:
        for cookies in opened:
            headers = {"Cookie": cookies, "Content-Length": "0"}
            site.client._transport.send(Call("POST", f"{root}entity/auth/logout", "", headers, b""), site.seconds)
    if refused is None:
        return Answer(f"{_SEATS_MAX} sign-ins were answered", False)
    page = "html" in refused.headers.get("content-type", "")
    dress = "html" if page else "429_text" if refused.status == 429 else "500"
    switches: dict[str, object] = {"login_limit_dress": dress} if lacks_seat(refused) else {}
    return Answer(f"after {len(opened)} sign-ins: {told(refused)}", lacks_seat(refused), switches)


_LOGIN = {"name": "USERNAME", "password": "PASSWORD", "tenant": "TENANT"}


def comparison(site: Site) -> Answer:
    """How two references are compared: case, trailing blanks, full-width digits (E8)."""
    made(site, "cmp1")
    first = site.reference("cmp1")
    again = {
        "same": first,
        "other case": first.swapcase(),
        "trailing blanks": f"{first}  ",
        "full-width": first.translate(_FULL_WIDTH),
    }
    equal = {name: site.put(site.bill(other)).status != 200 for name, other in again.items()}
    said = ", ".join(f"{name} {'equal' if same else 'another'}" for name, same in equal.items())
    if not equal["same"]:
        return Answer(f"the preference is off: {said}", False)
    position = "exact" if not equal["other case"] else "trim" if equal["trailing blanks"] else "ignore_case"
    return Answer(said, equal["other case"], {"duplicate_ref_compare": position})


def insert_only(site: Site) -> Answer:
    """Does insert-only ever refuse where numbers are given by the site (E9)."""
    wanted = f"{900000 + int(site.run, 16) % 99999:06d}"
    body = {**site.bill(site.reference("INS1")), "ReferenceNbr": wrap(wanted)}
    free = site.put(body, headers={"If-None-Match": "*"})
    given = text(record(free), "ReferenceNbr") or wanted
    honoured = free.status == 200 and given == wanted
    body = {**site.bill(site.reference("INS2")), "ReferenceNbr": wrap(given)}
    taken = site.put(body, headers={"If-None-Match": "*"})
    said = f"a free number of ours: {'kept' if honoured else told(free)}; a taken one: {told(taken)}"
    found = {"manual_numbering": "yes" if honoured else "no"}
    return Answer(said, taken.status == 412, {**found, "insert_only": "honoured" if taken.status == 412 else "ignored"})


def recycle(site: Site) -> Answer:
    """An application pool that ends while a PUT runs (E10)."""
    reference = site.reference("POOL")
    body = site.bill(reference)
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(site.put, body)
        subprocess.run(shlex.split(site.given["RECYCLE_COMMAND"]), check=True, timeout=600, capture_output=True)
        said = "no answer"
        with suppress(ConnectorError):
            said = told(under_way.result())
    with suppress(ConnectorError):
        site.client.prove()
    count = len(site.found(reference))
    return Answer(f"{said}; {count} bills", count == 1)


BY_WRITING = (
    Question("2", "more sign-ins than seats are refused as API Login Limit", seats, "strain"),
    Question("3", "duplicate VendorRef is refused", duplicate, "writes"),
    Question("4", "the pair of 412", preconditions, "writes"),
    Question("7", "a release that fails is told", failing_release, "writes"),
    Question("13", "a bill line on a closed order line is refused", closed_order, "closed_order"),
    Question("14", "a bill line on a subcontract line with retainage", subcontract, "subcontract"),
    Question("E1", "Hold by PUT is kept, taken off and put back; release from each status", hold, "writes"),
    Question("E3", "the duplicate check holds for two saves at once", parallel_doubles, "writes"),
    Question("E4", "an id of our own in a PUT is kept", own_id, "writes"),
    Question("E5", "disconnect while a PUT runs: does it commit", disconnect, "writes"),
    Question("E6", "a bill is listed at once", lag, "writes"),
    Question("E7", "form of 429, headers, time in the queue", limit_form, "strain"),
    Question("E8", "VendorRef is compared without case", comparison, "writes"),
    Question("E9", "If-None-Match: * refuses a number that is taken", insert_only, "writes"),
    Question("E10", "a PUT survives the recycling of the application", recycle, "recycle_command"),
)
"""Each makes documents of its own, on hold, or strains the site; asked only where the environment says so."""


def not_deleted(site: Site) -> str:
    """What could not be taken away again, by type, number and status; empty where nothing stayed."""
    left = []
    for made_id in site.clear():
        rows = site.client.read(f"Bill/{made_id}")
        if isinstance(rows, dict):
            left.append(f"{text(rows, 'Type')} {text(rows, 'ReferenceNbr')} ({text(rows, 'Status')})")
    return ", ".join(left)
