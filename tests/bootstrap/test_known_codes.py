"""``layout infer --connection``: the stored master data and the time zone of a connection answer what a sample leaves
open (operator contract 1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ml_connector.bootstrap import load_known, open_store
from ml_connector.cli.main import run
from ml_connector.layouts.inference.interview import Known
from ml_connector.store.master_data import MasterDataRepository
from tests.bootstrap.settings import write_settings
from tests.builders import a_snapshot

SAMPLE = """A-1;V10009;2026-03-14;150.00;50100;01-100-00;100.00
A-1;V10009;2026-03-14;150.00;50200;01-100-00;50.00
A-2;V10011;2026-03-15;20.00;61000;02-100-00;20.00
"""


@pytest.fixture()
def settings(tmp_path: Path) -> Path:
    path = write_settings(tmp_path)
    with open_store(path) as store:
        MasterDataRepository(store.database, "harbor", store.clock).save_snapshot(a_snapshot())
    return path


def test_a_connection_that_has_read_nothing_knows_its_time_zone(tmp_path: Path) -> None:
    assert load_known(write_settings(tmp_path), "harbor") == Known({}, "America/New_York")


def test_a_connection_knows_the_codes_of_its_last_snapshot(settings: Path) -> None:
    known = load_known(settings, "harbor")

    assert {"V10009", "V10011"} <= known.codes["vendor_id"]
    assert known.codes["subaccount"] >= {"01-100-00", "0110000"}
    assert known.codes["po_number"] == {"PO-003135"}


def test_codes_of_the_connection_leave_nothing_to_ask(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = tmp_path / "sample.csv"
    sample.write_text(SAMPLE, "utf-8")
    command = ["layout", "infer", str(sample), "--json", "--config", str(settings)]

    assert run(command) == 1
    assert len(json.loads(capsys.readouterr().out)["questions"]) > 1
    assert run([*command, "--connection", "harbor"]) == 0
    layout = tmp_path / "own.toml"
    layout.write_text(json.loads(capsys.readouterr().out)["layout"], "utf-8")
    assert run(["layout", "read", str(sample), "--layout", str(layout), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["documents"][0]
    assert (first["vendor_id"], first["invoice_number"], first["total"]) == ("V10009", "A-1", "150.00")
    assert [(each["account"], each["subaccount"]) for each in first["lines"]] == [
        ("50100", "01-100-00"),
        ("50200", "01-100-00"),
    ]
