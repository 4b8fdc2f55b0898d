"""The control interface's URLs. Plain JSON in and out; no sign-in; never behind the virtual directory.

``GET /twin/bills`` and the other truths take ``?tenant=``; see ``answer_control`` for the list.
"""

from __future__ import annotations

import json
from typing import Any

from ml_connector_twins.acumatica.control.truth import entries_truth, records_truth, requests_truth
from ml_connector_twins.acumatica.instance import Site
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.switches import UnknownSwitch
from ml_connector_twins.acumatica.web.calls import Answer, Call, json_answer
from ml_connector_twins.acumatica.web.sessions import Sessions

_TRUTHS = {
    "bills": "Bill",
    "checks": "Check",
    "purchase-orders": "PurchaseOrder",
    "subcontracts": "Subcontract",
    "receipts": "PurchaseReceipt",
    "vendors": "Vendor",
}


def answer_control(site: Site, sessions: Sessions, call: Call) -> Answer:
    """The answer to one control call; 400 with ``error`` where it makes no sense, 404 for an unknown URL."""
    parts = call.path.removeprefix("/twin/").strip("/").split("/")
    books = site.books.get(call.options.get("tenant", site.options.tenants[0]))
    if books is None:
        return _fault("no such tenant")
    try:
        content = json.loads(call.body) if call.body.strip() else {}
        found = _routed(site, sessions, books, (call.method, *parts), content)
    except (UnknownSwitch, ValueError, KeyError) as fault:
        return _fault(str(fault))
    return _fault("unknown control URL", status=404) if found is None else json_answer(found)


def _fault(message: str, *, status: int = 400) -> Answer:
    return json_answer({"error": message}, status=status)


def _routed(site: Site, sessions: Sessions, books: Books, parts: tuple[str, ...], content: Any) -> Any:
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
            return {"open": len(sessions.open), "tenants": [s.tenant for s in sessions.open.values()]}
        case ("GET", "switches"):
            return site.switches.positions()
        case ("PUT", "switches"):
            site.switches.turn(content)
            return site.switches.positions()
        case _:
            return None
