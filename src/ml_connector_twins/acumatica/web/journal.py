"""The log of requests as the site saw them. Passwords and tokens are never written into it."""

from __future__ import annotations

from ml_connector_twins.acumatica.instance import RequestEntry, Site
from ml_connector_twins.acumatica.records.values import render_instant
from ml_connector_twins.acumatica.web.calls import Call

_SECRET_PATHS = ("/identity", "/entity/auth")
_POLL = "/status/"


def logged(site: Site, call: Call, fault: str = "") -> RequestEntry:
    """Adds the request to the log; polls of long operations do not count for the licence (``acumatica_api.md`` 3)."""
    entry = RequestEntry(
        index=len(site.requests) + 1,
        at=render_instant(site.clock.now()),
        method=call.method,
        path=call.path,
        query=call.query,
        body="" if call.path.startswith(_SECRET_PATHS) else call.body.decode("utf-8", "replace"),
        counted=_POLL not in call.path,
        fault=fault,
        branch=call.header("px-cbapibranch"),
    )
    site.requests.append(entry)
    return entry
