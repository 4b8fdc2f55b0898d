"""The control interface's URLs. Plain JSON in and out; no sign-in; never behind the virtual directory.

Reads (each takes ``?tenant=``): ``GET /twin/state``, ``bills``, ``checks``, ``purchase-orders``, ``subcontracts``,
``receipts``, ``vendors``, ``records/{Entity}``, ``entries`` (GL), ``requests``, ``sessions``, ``switches``, ``faults``.
Steering: ``PUT /twin/switches`` {name: value}; ``PUT /twin/business-date`` {"date"}; ``PUT /twin/clock``
{"advance_seconds"}; ``POST /twin/faults`` (a plan, see ``faults``), ``POST /twin/faults/storm`` (faults by seed),
``DELETE /twin/faults``; ``DELETE /twin/requests`` empties the log; ``POST /twin/people/{action}`` (see ``people`` and
``masters``); ``POST /twin/sessions/revoke`` ends every grant, token and session, ``…/recycle`` the sessions alone,
``…/end-tokens`` the access tokens alone, ``…/unlock`` lets a locked-out user in; ``POST /twin/operations/finish`` ends
every running long operation now; ``POST /twin/snapshot`` and ``POST /twin/restore`` keep and bring back all books, as a
backup does; ``POST /twin/reset`` {"firm", "switches"} starts afresh.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from ml_connector_twins.acumatica.control.people import act
from ml_connector_twins.acumatica.control.truth import entries_truth, records_truth, requests_truth
from ml_connector_twins.acumatica.control.wishes import Refusal
from ml_connector_twins.acumatica.faults import BadFault, parse_fault, parse_storm
from ml_connector_twins.acumatica.instance import Site, copied_books, reset_site
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.values import BadValue, parse_day, render_instant
from ml_connector_twins.acumatica.switches import UnknownSwitch
from ml_connector_twins.acumatica.web.calls import Answer, Call, json_answer
from ml_connector_twins.acumatica.web.sign_in.sessions import Sessions
from ml_connector_twins.acumatica.web.writes.operations import Operations

_TRUTHS = {
    "bills": "Bill",
    "checks": "Check",
    "purchase-orders": "PurchaseOrder",
    "subcontracts": "Subcontract",
    "receipts": "PurchaseReceipt",
    "vendors": "Vendor",
}


@dataclass(frozen=True, slots=True)
class Control:
    """What the control interface reads and steers."""

    site: Site
    sessions: Sessions
    operations: Operations
    books: Books


def answer_control(site: Site, sessions: Sessions, operations: Operations, call: Call) -> Answer:
    """The answer to one control call; 400 with ``error`` where it makes no sense, 404 for an unknown URL."""
    parts = call.path.removeprefix("/twin/").strip("/").split("/")
    books = site.books.get(call.options.get("tenant", site.options.tenants[0]))
    if books is None:
        return _fault("no such tenant")
    try:
        content = json.loads(call.body) if call.body.strip() else {}
        found = _routed(Control(site, sessions, operations, books), (call.method, *parts), content)
    except (UnknownSwitch, BadFault, Refusal, BadValue, ValueError, KeyError, TypeError) as fault:
        return _fault(str(fault))
    return _fault("unknown control URL", status=404) if found is None else json_answer(found)


def _fault(message: str, *, status: int = 400) -> Answer:
    return json_answer({"error": message}, status=status)


def _routed(control: Control, parts: tuple[str, ...], content: Any) -> Any:
    site, books = control.site, control.books
    match parts:
        case ("GET", name) if name in _TRUTHS:
            return records_truth(books, _TRUTHS[name])
        case ("GET", "records", entity):
            return records_truth(books, entity)
        case ("GET", "entries"):
            return entries_truth(books)
        case ("GET", "requests"):
            return requests_truth(site)
        case ("GET", "sessions"):
            return sessions_truth(control.sessions)
        case ("GET", "switches"):
            return site.switches.positions()
        case ("PUT", "switches"):
            site.switches.turn(content)
            return site.switches.positions()
        case ("GET", "state"):
            return _state(control)
        case ("PUT", "business-date"):
            books.business_on = parse_day(content["date"])
            return _state(control)
        case ("PUT", "clock"):
            site.clock.offset += timedelta(seconds=float(content["advance_seconds"]))
            return _state(control)
        case ("POST", "people", action):
            return act(books, action, content)
        case ("DELETE", "requests"):
            site.requests.clear()
            return requests_truth(site)
        case _:
            return _faults_and_copies(control, parts, content)


def _faults_and_copies(control: Control, parts: tuple[str, ...], content: Any) -> Any:
    site, sessions = control.site, control.sessions
    match parts:
        case ("GET", "faults"):
            return [asdict(fault) for fault in site.faults.faults]
        case ("POST", "faults"):
            return asdict(site.faults.add(parse_fault(content), site.clock.now().isoformat(timespec="microseconds")))
        case ("POST", "faults", "storm"):
            site.faults.storm = parse_storm(content)
            return {"seed": site.faults.storm.seed, "rate": site.faults.storm.rate}
        case ("DELETE", "faults"):
            site.faults.clear()
            return []
        case ("POST", "sessions", "revoke"):
            sessions.revoke_all()
            return {"open": 0}
        case ("POST", "sessions", "recycle"):
            sessions.recycle()
            return {"open": 0}
        case ("POST", "sessions", "end-tokens"):
            sessions.end_tokens()
            return sessions_truth(sessions)
        case ("POST", "sessions", "unlock"):
            sessions.door.unlock()
            return sessions_truth(sessions)
        case ("POST", "operations", "finish"):
            return {"finished": control.operations.finish_all()}
        case ("POST", "snapshot"):
            site.backup = copied_books(site)
            return {"tenants": list(site.backup)}
        case ("POST", "restore"):
            if site.backup is None:
                raise Refusal("no snapshot was taken")
            site.books = site.backup
            site.backup = copied_books(site)
            return {"tenants": list(site.books)}
        case ("POST", "reset"):
            reset_site(site, content.get("firm", site.options.firm), content.get("switches", {}))
            sessions.revoke_all()
            return {"firm": site.options.firm}
        case _:
            return None


def sessions_truth(sessions: Sessions) -> dict[str, Any]:
    """The sessions that hold a licence seat now."""
    sessions.sweep()
    rows = [{"id": s.id, "tenant": s.tenant, "by_cookie": s.by_cookie} for s in sessions.open.values()]
    return {"open": len(rows), "sessions": rows}


def _state(control: Control) -> dict[str, Any]:
    site, books = control.site, control.books
    return {
        "firm": site.options.firm,
        "tenants": list(site.options.tenants),
        "tenant": books.tenant,
        "business_date": books.business_on.isoformat(),
        "now": render_instant(site.clock.now()),
        "sessions_open": len(control.sessions.open),
        "requests": len(site.requests),
        "bills": len(books.table("Bill")),
    }
