"""The whole job by hand: `sync NAME all` from a settings file, against OpenSSH and the Acumatica twin."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from decimal import Decimal

from ml_connector_twins.stampli.columns import FEED_COLUMNS
from ml_connector_twins.stampli.outgoing import Application, Payment
from tests.firm import CONNECTION
from tests.office import Office
from tests.papers import approved, on_job, overhead

MEMBERS = [
    "connection",
    "flow",
    "started_at",
    "ended_at",
    "dry_run",
    "requests",
    "feeds",
    "files",
    "invoices",
    "payments",
    "counts",
    "sweep",
    "conservation",
]
MASTER_DATA = ["vendors", "accounts", "subaccounts", "dimensions", "purchase_orders"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_one_command_sends_master_data_books_invoices_and_matches_payments(office: Office) -> None:
    office.drop_invoices(
        approved("INV-8841", overhead("1284.37")), approved("INV-8842", on_job("250.00", "50300", "J2401/01/31-200"))
    )

    first = office.pass_of("all")

    assert (first.exit_code, first.notes) == (0, "")
    assert office.bills() == [("INV-8841", "Open"), ("INV-8842", "Open")]
    assert [(row["invoice_number"], row["total"], row["state"]) for row in first.document["invoices"]] == [
        ("INV-8841", "1284.37", "posted"),
        ("INV-8842", "250.00", "posted"),
    ]

    pay(office, "1284.37", "000001")
    office.drop_payments(a_payment("1284.37", "INV-8841"))
    second = office.pass_of("all")

    assert (second.exit_code, second.notes) == (0, "")
    assert second.document["payments"] == [
        {**second.document["payments"][0], "payment_id": "P-1", "amount": "1284.37", "result": "matched", "code": None}
    ]
    reconciled = office.command("reconcile", CONNECTION, "--json")
    assert (reconciled.exit_code, reconciled.document["matched"], reconciled.document["breaks"]) == (0, 1, [])
    assert reconciled.document["totals"] == {
        "stampli_paid": "1284.37",
        "acumatica_paid": "1284.37",
        "difference": "0.00",
        "explained": "0.00",
        "unexplained": "0.00",
    }
    proved = office.command("prove", CONNECTION, "--json")
    assert (proved.exit_code, [(row["booked_once"], row["residual"]) for row in proved.document]) == (0, [(2, "0.00")])


def test_master_data_lands_under_final_names_alone_each_file_whole(office: Office) -> None:
    outcome = office.pass_of("master-data")

    sent = {feed["feed"]: feed for feed in outcome.document["feeds"]}
    assert (outcome.exit_code, list(sent)) == (0, MASTER_DATA)
    assert office.sent_names() == sorted(feed["file"] for feed in sent.values())
    for feed, row in sent.items():
        assert re.fullmatch(rf"{feed}_\d{{8}}T\d{{6}}Z\.csv", row["file"])
        content = (office.inbound / row["file"]).read_bytes()
        assert content.endswith(b"\r\n") and not content.startswith(b"\xef\xbb\xbf")
        heading, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        # Columns may be added at the end.
        own = FEED_COLUMNS[feed]
        assert (tuple(heading[: len(own)]), len(rows)) == (tuple(own), row["rows"])
        assert {len(each) for each in rows} == {len(heading)}


def test_a_second_run_sends_nothing_and_makes_no_bill(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"))
    office.pass_of("all")
    names, writes = office.sent_names(), len(office.truth().writes())

    again = office.pass_of("all")

    assert (again.exit_code, again.notes) == (0, "")
    assert office.sent_names() == names
    assert (len(office.truth().writes()), office.bills()) == (writes, [("INV-8841", "Open")])
    assert [(feed["feed"], feed["sent"], feed["file"]) for feed in again.document["feeds"]] == [
        (feed, False, None) for feed in MASTER_DATA
    ]
    assert (again.document["files"], again.document["invoices"]) == ([], [])


def test_json_is_one_document_with_the_members_of_the_contract(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"), approved("INV-8842", vendor="V99999"))

    outcome = office.pass_of("all")

    document = json.loads(outcome.output)
    assert (outcome.exit_code, list(document)) == (1, MEMBERS)
    assert (document["connection"], document["flow"], document["dry_run"]) == (CONNECTION, "all", False)
    assert INSTANT.fullmatch(document["started_at"]) and INSTANT.fullmatch(document["ended_at"])
    assert {name: type(count) for name, count in document["requests"].items()} == {
        "acumatica": int,
        "retried": int,
        "throttled": int,
    }
    counts = {"invoices": {"needs_attention": 1, "posted": 1}, "payments": {}, "files": {"taken": 1}}
    assert document["counts"] == counts
    for name, members in (
        ("feeds", {"feed", "file", "rows", "added", "changed", "removed", "sent", "held", "reason"}),
        ("files", {"name", "sha256", "state", "documents"}),
        ("invoices", {"id", "external_id", "vendor_id", "invoice_number", "total", "state", "bill", "findings"}),
    ):
        assert all(members <= set(row) for row in document[name]) and document[name]
    posted, refused = document["invoices"]
    assert set(posted["bill"]) >= {"type", "number", "id", "status"}
    assert refused["bill"] is None
    assert set(refused["findings"][0]) == {
        "code",
        "severity",
        "field",
        "expected",
        "found",
        "message",
        "fix",
        "who",
        "suggestions",
    }
    assert all(re.fullmatch(r"[a-z][a-z2-7]{8}", row["id"]) for row in (*document["invoices"], *document["files"]))
    assert floats_in(document) == []


def test_without_json_every_fate_is_told_in_words(office: Office) -> None:
    office.drop_invoices(approved("INV-8841"), approved("INV-8842", vendor="V99999"))

    outcome = office.command("sync", CONNECTION, "all")

    assert outcome.exit_code == 1
    lines = outcome.output.splitlines()
    assert any(line.startswith("vendors: 12 rows, sent as vendors_") for line in lines)
    assert "invoice INV-8841 of V10005, 1284.37: posted as Bill 000001 (Open)" in lines
    assert "invoice INV-8842 of V99999, 1284.37: needs_attention" in lines
    assert any("V99999" in line and "stop" in line for line in lines)
    assert not re.search(r"Traceback|HTTP|JSON|\x1b", outcome.output + outcome.notes)


def test_one_invoice_that_cannot_be_booked_stops_no_other(office: Office) -> None:
    office.drop_invoices(approved("INV-1"), approved("INV-2", overhead("10.00", account="99999")), approved("INV-3"))

    outcome = office.pass_of("invoices")

    assert outcome.exit_code == 1
    assert sorted(office.bills()) == [("INV-1", "Open"), ("INV-3", "Open")]
    assert outcome.invoice("INV-2")["state"] == "needs_attention"


def test_a_password_opens_the_folders_as_well_as_a_key(office_by_password: Office) -> None:
    office_by_password.drop_invoices(approved("INV-8841"))

    outcome = office_by_password.pass_of("all")

    assert (outcome.exit_code, office_by_password.bills()) == (0, [("INV-8841", "Open")])
    assert len(office_by_password.sent_names()) == len(MASTER_DATA)


def pay(office: Office, amount: str, *numbers: str) -> None:
    """People write a check in Acumatica for these bills, one amount each."""
    bills = [{"type": "Bill", "number": number, "amount": amount} for number in numbers]
    office.people("pay_bills", bills=bills, date="2026-10-14", reference="1001")


def a_payment(amount: str, number: str) -> Payment:
    """Stampli's word that an invoice of V10005 was paid by that check."""
    application = Application("V10005", number, Decimal(amount), stampli_id=f"V10005-{number}")
    return Payment("P-1", date(2026, 10, 14), Decimal(amount), (application,), reference="1001")


def floats_in(document: object, path: str = "") -> list[str]:
    """Where a JSON document holds an amount as a number with a point; seconds are none."""
    if isinstance(document, dict):
        return [found for name, value in document.items() for found in floats_in(value, f"{path}.{name}")]
    if isinstance(document, list):
        return [found for value in document for found in floats_in(value, path)]
    return [path] if isinstance(document, float) else []
