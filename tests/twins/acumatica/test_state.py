"""What the twin keeps between two starts, and the switches it is started with."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ml_connector_twins.acumatica.control.client import ControlClient
from ml_connector_twins.acumatica.instance import SiteOptions, open_site
from ml_connector_twins.acumatica.main import main
from ml_connector_twins.acumatica.records.keeping import render_books
from ml_connector_twins.acumatica.state_file import load_site, load_switches, save_site


@contextmanager
def started(*words: str) -> Iterator[ControlClient]:
    """A twin as a process of its own, ended in order."""
    command = [sys.executable, "-m", "ml_connector_twins", "acumatica", "--firm", "small", "--exit-with-stdin", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        yield ControlClient(json.loads(process.stdout.readline())["control"])
        process.stdin.close()
        assert process.wait(20) == 0


def test_books_clock_and_switches_are_there_again_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "books.json"
    with started("--state", str(state)) as control:
        control.people("type_bill", bill={"Type": "Bill", "Vendor": "V10005", "VendorRef": "KEPT-1", **_LINE})
        control.advance(3600)
        control.turn(po_filter="works")
        before = (control.bills(), control.entries(), control.call("GET", "purchase-orders"))
    with started("--state", str(state), "--switch", 'payment_label="Check"') as control:
        after = (control.bills(), control.entries(), control.call("GET", "purchase-orders"))
        positions = control.call("GET", "switches")
    assert [bill["VendorRef"] for bill in before[0]] == ["KEPT-1"]
    assert after == before
    assert (positions["po_filter"], positions["payment_label"]) == ("works", "Check")


_LINE: Mapping[str, Any] = {
    "Date": "2026-10-05",
    "Details": [
        {"Account": "61000", "Subaccount": "0110000", "Branch": "MAIN", "Project": "X", "ExtendedCost": "5.00"}
    ],
}


@pytest.mark.parametrize("firm", ["empty", "small"])
def test_kept_books_are_the_same_to_the_last_value(tmp_path: Path, firm: str) -> None:
    options = SiteOptions(firm=firm, tenants=("HRB", "SECOND"), business_on=date(2026, 9, 1))
    site = open_site(options)
    path = tmp_path / "state.json"
    save_site(site, path)
    again = load_site(options, path, {})
    for tenant, books in site.books.items():
        assert render_books(again.books[tenant]) == render_books(books)
        assert again.books[tenant].new_id() == books.new_id()
    assert again.switches.positions() == site.switches.positions()
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("no JSON", "cannot be read"),
        ("[]", "holds no JSON object"),
        ("{}", "is no state that this version"),
        ('{"format": 1, "books": {"OTHER": {}}}', "holds the tenants OTHER"),
        ('{"format": 1, "books": {"HRB": {"tables": {"Bill": {"rows": [{"$": "Path", "v": {}}]}}}}}', "Path"),
    ],
)
def test_a_file_that_is_no_state_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, told: str
) -> None:
    path = tmp_path / "state.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["--state", str(path)])
    assert (ended.value.code, told in capsys.readouterr().err) == (2, True)


def test_switches_come_from_a_file_and_remarks_in_it_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    path.write_text('{"_found": "2026-11-24", "po_filter": "works"}', encoding="utf-8")
    assert load_switches(path) == {"po_filter": "works"}


def test_a_switch_of_a_file_that_does_not_exist_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "found.json"
    path.write_text('{"nope": 1}', encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["--switches", str(path)])
    assert (ended.value.code, "no switch is called 'nope'" in capsys.readouterr().err) == (2, True)
