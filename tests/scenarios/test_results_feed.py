"""The results feed on the whole house: what became of each invoice, S27 among them; and a blackout in which none is
posted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_connector_twins.stampli.outgoing import render_invoices
from tests.firm import Firm, running_firm
from tests.papers import approved, overhead

ALWAYS = {"blackout": ["00:00-24:00"]}


@pytest.fixture
def telling_firm(tmp_path: Path) -> Iterator[Firm]:
    """A firm whose Stampli reads results."""
    with running_firm(tmp_path, sections={"feeds.results": {"layout": "standard-csv"}}) as running:
        yield running


def told(firm: Firm) -> list[dict[str, str]]:
    """The rows of all results files, in the order they landed."""
    paths = sorted(firm.twins.stampli.folders.inbound.glob("results_*.csv"))
    return [row for path in paths for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())]


def test_stampli_is_told_once_what_became_of_each_invoice(telling_firm: Firm) -> None:
    firm = telling_firm
    firm.drop_invoices(
        approved("INV-8841", overhead("1284.37")),
        approved("PS-118", overhead("2260.75"), vendor="V10007"),
        approved("OM-1", overhead("1150.00"), vendor="V10006"),
    )
    feeds = firm.sync().document["feeds"]
    assert [(feed["feed"], feed["sent"], feed["rows"]) for feed in feeds] == [("results", True, 3)]
    number = firm.truth().bill_of("V10005", "INV-8841")["ReferenceNbr"]
    rows = {row["InvoiceNumber"]: row for row in told(firm)}
    names = ("Result", "BillType", "BillStatus", "Code", "PaymentBlocked")
    assert {key: tuple(row[name] for name in names) for key, row in rows.items()} == {
        "INV-8841": ("POSTED", "Bill", "Open", "", "false"),
        "PS-118": ("POSTED", "Bill", "Open", "V05", "true"),
        "OM-1": ("REJECTED", "", "", "V04", "false"),
    }
    assert rows["INV-8841"]["BillNumber"] == number
    again = firm.sync("results")
    assert (again.exit_code, len(told(firm))) == (0, 3)


def test_refused_rows_go_back_in_the_layout_they_came_in_and_count_when_they_are_mended(telling_firm: Firm) -> None:
    firm = telling_firm
    good, on_hold, unread = (
        approved(number, overhead("1284.37"), vendor=vendor)
        for number, vendor in (("INV-8841", "V10005"), ("OM-1", "V10006"), ("INV-9", "V10005"))
    )
    whole = render_invoices([good, on_hold, unread]).decode()
    heading, *rows = whole.splitlines()
    broken = [row.replace("1284.37", "12O4.37") if "INV-9" in row else row for row in rows]
    firm.drop("approved_invoices_7.csv", "\r\n".join((heading, *broken, "")).encode())
    outcome = firm.sync()
    (feed,) = outcome.document["feeds"]
    (name,) = feed["fix_it"]
    assert (outcome.exit_code, feed["rows"], name.startswith("approved_invoices_7_fix-it_")) == (1, 3, True)
    told_now = {row["InvoiceNumber"]: (row["Result"], row["Code"]) for row in told(firm)}
    assert told_now["INV-8841"] == ("POSTED", "")
    assert told_now["OM-1"] == ("REJECTED", "V04")
    assert told_now["INV-9"] == ("REJECTED", "value.not_an_amount")
    given = (firm.twins.stampli.folders.inbound / name).read_bytes().decode().split("\r\n")
    assert given[0] == f"{heading},Reason"
    assert [line.startswith(row + ",") for line, row in zip(given[1:-1], broken[1:], strict=True)] == [True, True]

    mended = "\r\n".join(given).replace("12O4.37", "1284.37")
    firm.drop(name, mended.encode())
    again = firm.sync()
    assert again.invoice("INV-9")["state"] == "posted"
    assert [(row["InvoiceNumber"], row["Result"]) for row in told(firm)[3:]] == [("INV-9", "POSTED")]
    assert len(firm.truth().bills_of("V10005", "INV-8841")) == 1


def test_nothing_is_posted_in_a_blackout(tmp_path: Path) -> None:
    with running_firm(tmp_path, policy=ALWAYS) as firm:
        firm.drop_invoices(approved("INV-8841", overhead("1284.37")))
        outcome = firm.sync()
        assert (outcome.exit_code, outcome.invoice("INV-8841")["state"]) == (0, "ready")
        assert outcome.document["paused"] == "no posting 00:00-24:00 (policy.blackout)"
        assert (firm.truth().bills_of("V10005", "INV-8841"), firm.truth().writes()) == ([], [])
