"""A server that has nothing but very many vendors, rendered beforehand: what a client needs beyond it is its own time.

``python benchmarks/vendor_site.py COUNT`` prints its port, serves until standard input ends, and tells at ``/targets``
what it was asked for. It knows as much of Acumatica's reading as the benchmark needs (``acumatica_api.md 4``).
"""

from __future__ import annotations

import json
import re
import sys
import threading
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_SINCE = re.compile(r"LastModifiedDateTime gt datetimeoffset'([^']*)'")
_LOW, _HIGH = re.compile(r"VendorID gt '([^']*)'"), re.compile(r"VendorID le '([^']*)'")


def a_vendor(number: int) -> dict[str, Any]:
    """One vendor with contact and address, as wide as a real one."""
    contact = {
        "id": f"00000001-0000-0000-0000-{number:012d}",
        "DisplayName": {"value": f"Harbor Supply {number} LLC"},
        "Email": {"value": f"office{number}@vendor.example.com"},
        "Phone1": {"value": f"+1 555 {number:07d}"},
        "Address": {
            "id": f"00000002-0000-0000-0000-{number:012d}",
            "AddressLine1": {"value": f"{number} Quarry Road"},
            "City": {"value": "Albany"},
            "State": {"value": "NY"},
            "PostalCode": {"value": f"{number % 100_000:05d}"},
            "Country": {"value": "US"},
        },
    }
    fields = {
        "VendorID": f"V{number:06d}",
        "VendorName": f"Harbor Supply {number} LLC",
        "Status": "Active",
        "VendorClass": "SUB",
        "Terms": "30D",
        "CurrencyID": "USD",
        "EnableCurrencyOverride": False,
        "TaxZone": "NYSTATE",
        "PaymentMethod": "CHECK",
        "F1099Vendor": number % 7 == 0,
        "APAccount": "20000",
        # Some two hundred change in a day.
        "LastModifiedDateTime": (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=7 * number)).isoformat(),
    }
    wrapped = {name: {"value": value} for name, value in fields.items()}
    head = {"id": f"00000000-0000-0000-0000-{number:012d}", "rowNumber": number, "note": None}
    return {**head, **wrapped, "MainContact": contact, "RemittanceContact": contact, "custom": {}}


class VendorSite(ThreadingHTTPServer):
    """The site and what it was asked for."""

    def __init__(self, count: int) -> None:
        rows = [a_vendor(number) for number in range(1, count + 1)]
        self.keys = [row["VendorID"]["value"] for row in rows]
        self.whole = [json.dumps(row).encode() for row in rows]
        self.short = {
            names: [json.dumps({name: row[name] for name in ("id", *names.split(","))}).encode() for row in rows]
            for names in ("VendorID", "VendorID,LastModifiedDateTime")
        }
        self.changed_at = [row["LastModifiedDateTime"]["value"] for row in rows]
        self.targets: list[str] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    def answer(self, target: str) -> bytes:
        """The body of one GET."""
        parts = urlsplit(target)
        if parts.path == "/targets":
            return json.dumps(self.targets).encode()
        self.targets.append(target)
        if parts.path == "/entity":
            return json.dumps({"endpoints": [{"name": "Default", "version": "24.200.001", "href": "x"}]}).encode()
        last = unquote(parts.path.rpartition("/")[2])
        if last != "Vendor":
            return self.whole[self.keys.index(last)]
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        where = options.get("$filter", "")
        low, high = _LOW.search(where), _HIGH.search(where)
        first = bisect_right(self.keys, low[1]) if low else 0
        end = bisect_right(self.keys, high[1]) if high else len(self.keys)
        if since := _SINCE.search(where):
            first = bisect_right(self.changed_at, datetime.fromisoformat(since[1]).isoformat())
        end = min(end, first + int(options.get("$top", len(self.keys))))
        rows = self.short.get(options.get("$select", ""), self.whole)
        return b"[" + b",".join(rows[first:end]) + b"]"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: VendorSite

    def do_GET(self) -> None:
        self._say(self.server.answer(self.path))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.targets.append(self.path)
        self._say(json.dumps({"access_token": "A", "refresh_token": "R", "expires_in": 3600}).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    site = VendorSite(int(sys.argv[1]))
    print(site.server_address[1], flush=True)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    sys.stdin.read()
