"""Questions that only read (``acumatica_api.md 12``; E2 of the posting protocol)."""

from __future__ import annotations

from datetime import timedelta, timezone
from urllib.parse import quote

from ml_connector.acumatica.filters import any_of, contains, encode_query, equals, quote_text, starts_with
from ml_connector.acumatica.values import Row, instant, text
from ml_connector.acumatica.wire.refusals import ReadFault
from ml_connector.acumatica.wire.transport import Call
from ml_connector.errors import ConnectorError
from tests.conformance.answers import Answer, Ask, Question
from tests.conformance.site import Site, told

BY_MARK = starts_with("Description", "SXNOSUCHMARKER")


def _rows(site: Site, path: str, **options: str) -> list[Row]:
    body = site.client.read(path, encode_query({f"${name}": value for name, value in options.items()}))
    return [row for row in body if isinstance(row, dict)] if isinstance(body, list) else []


def rows_of(path: str, **options: str) -> Ask:
    """Asks a list of one row and tells how it came."""

    def ask(site: Site) -> Answer:
        rows = _rows(site, path, **{"top": "1", **options})
        parts = {name for row in rows for name, value in row.items() if value and isinstance(value, list)}
        return Answer(f"{len(rows)} rows, parts with content: {', '.join(sorted(parts)) or 'none'}")

    return ask


def expanded(entity: str, part: str) -> Ask:
    """Asks a list with an expanded part; the optimiser refuses some (4.3)."""

    def ask(site: Site) -> Answer:
        pair = f"{entity}.{part}"
        try:
            answer = rows_of(entity, expand=part)(site)
        except ReadFault as fault:
            if not fault.is_lasting:
                raise
            return Answer(f"status {fault.status} {fault.fault.type}", False, {"+optimizer_fails": pair})
        return Answer(answer.text, True, {"-optimizer_fails": pair})

    return ask


def revocation(site: Site) -> Answer:
    """Whether the identity server has a revocation endpoint; a token that is none is offered (2.1)."""
    root = site.client.root.partition("entity/")[0]
    reply = site.client._send(
        site.client._proven_credential(), _form(f"{root}identity/connect/revocation", "token=none"), site.seconds
    )
    there = reply.status != 404
    return Answer(told(reply), there, {"revocation_endpoint": "yes" if there else "no"})


def missing_key(site: Site) -> Answer:
    """How a record that is not there is told."""
    reply = site.send("GET", f"Vendor/{quote('NOSUCHVEN')}")
    return Answer(told(reply), reply.status == 500)


def unknown_version(site: Site) -> Answer:
    """How a version that is not there is told."""
    root = site.client.root.rpartition("/")[0]
    reply = site.client._send(site.client._proven_credential(), _get(f"{root}/99.200.001/Vendor"), site.seconds)
    return Answer(told(reply), reply.status == 404)


def orders_by_vendor(site: Site) -> Answer:
    """A non-key filter on orders against what an unfiltered list shows (4.2)."""
    listed = _rows(site, "PurchaseOrder", top="1", select="Type,OrderNbr,VendorID")
    vendor = text(listed[0], "VendorID") if listed else None
    if not vendor:
        raise LookupError("there is no order to compare with")
    try:
        found = _rows(site, "PurchaseOrder", filter=equals("VendorID", vendor), select="OrderNbr")
    except ReadFault as fault:
        return Answer(f"status {fault.status} {fault.fault.type}", False, {"po_filter": "500"})
    position = "works" if found else "empty"
    return Answer(f"{len(found)} orders of a vendor that has some", bool(found), {"po_filter": position})


def offset(hours: int) -> Ask:
    """Whose offset a filter literal has (4.4): one minute before a bill was changed, told in that offset."""

    def ask(site: Site) -> Answer:
        listed = _rows(site, "Bill", top="1", select="Type,ReferenceNbr,LastModifiedDateTime")
        changed = instant(listed[0], "LastModifiedDateTime") if listed else None
        if changed is None:
            raise LookupError("there is no bill to compare with")
        key = equals("ReferenceNbr", text(listed[0], "ReferenceNbr") or "")
        before = (changed - timedelta(minutes=1)).astimezone(timezone(timedelta(hours=hours)))
        literal = f"LastModifiedDateTime gt datetimeoffset'{before.isoformat(timespec='milliseconds')}'"
        found = bool(_rows(site, "Bill", filter=f"{literal} and {key}", select="ReferenceNbr"))
        switches = {"filter_offset": "own" if found else "session"} if hours else {}
        return Answer("the bill is found" if found else "the bill is not found", found, switches)

    return ask


def longest_filter(site: Site) -> Answer:
    """The longest filter that is answered, in encoded characters."""
    answered, refused = 0, False
    for clauses in (10, 30, 60, 100, 200):
        wanted = any_of([f"VendorRef eq {quote_text(f'NOSUCH{number:04d}')}" for number in range(clauses)])
        query = encode_query({"$filter": wanted, "$select": "ReferenceNbr"})
        try:
            site.client.read("Bill", query)
        except ConnectorError:
            refused = True
            break
        answered = len(query)
    text_ = f"{answered} characters are answered{', more are not' if refused else ''}"
    return Answer(text_, not refused, {"query_length_max": answered if refused else 0})


def trap(site: Site) -> Answer:
    """Does a clause that compares a function with true empty the whole answer (4.2)?"""
    alive = _rows(site, "Bill", top="1", filter="ReferenceNbr gt ''")
    if not alive:
        raise LookupError("there is no bill to compare with")
    rows = _rows(site, "Bill", top="1", filter="substringof('SXNOSUCH',Description) eq true or ReferenceNbr gt ''")
    return Answer(f"{len(rows)} rows", not rows, {"trap_scope": "clause" if rows else "filter"})


def _get(path: str) -> Call:
    return Call("GET", path, "$top=1")


def _form(path: str, form: str) -> Call:
    return Call("POST", path, headers={"Content-Type": "application/x-www-form-urlencoded"}, content=form.encode())


BY_READING = (
    Question("1", "token endpoint, and is there one to revoke", revocation),
    Question("5", "a key that is not there is 500", missing_key),
    Question("6", "an endpoint version that is not there is 404", unknown_version),
    Question("8", "list of Bill with Applications", expanded("Bill", "Applications")),
    Question("9", "list of Check with History", expanded("Check", "History")),
    Question("10", "list of PurchaseOrder filtered by VendorID", orders_by_vendor),
    Question("11a", "LastModifiedDateTime with +00:00 is an instant", offset(0)),
    Question("11b", "LastModifiedDateTime with +05:00 is an instant", offset(5)),
    Question(
        "12",
        "billed quantity of an order line by $custom",
        rows_of("PurchaseOrder", expand="Details", custom="Details/Transactions.BilledQty"),
    ),
    Question("E2a", "filter startswith(Description)", rows_of("Bill", filter=BY_MARK)),
    Question("E2b", "filter substringof(Description)", rows_of("Bill", filter=contains("Description", "SXNOSUCH"))),
    Question("E2c", "both with or", rows_of("Bill", filter=any_of([BY_MARK, "ReferenceNbr gt ''"]))),
    Question("E2d", "filters of any length", longest_filter),
    Question("E2e", "list of Bill with Details", expanded("Bill", "Details")),
    Question("E2f", "a clause compared with true empties the whole answer", trap),
)
"""Each can be asked of any site at any time."""
