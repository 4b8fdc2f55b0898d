"""The results feed on the whole house: what became of each invoice, S27 among them; and a blackout in which none is
posted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

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


def test_nothing_is_posted_in_a_blackout(tmp_path: Path) -> None:
    with running_firm(tmp_path, policy=ALWAYS) as firm:
        firm.drop_invoices(approved("INV-8841", overhead("1284.37")))
        outcome = firm.sync()
        assert (outcome.exit_code, outcome.invoice("INV-8841")["state"]) == (0, "ready")
        assert outcome.document["paused"] == "no posting 00:00-24:00 (policy.blackout)"
        assert (firm.truth().bills_of("V10005", "INV-8841"), firm.truth().writes()) == ([], [])
