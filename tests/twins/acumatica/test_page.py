"""The twin's page in the documents and its help say what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_connector_twins.acumatica.faults import KINDS
from ml_connector_twins.acumatica.main import main
from ml_connector_twins.acumatica.switches.page import render_kinds, render_switches

_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "acumatica-twin.md"


def test_the_page_has_every_switch_and_every_fault_as_the_twin_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    text = _PAGE.read_text(encoding="utf-8")
    assert main(["--list", "switches"]) == 0
    assert render_switches() == capsys.readouterr().out.removesuffix("\n")
    assert render_switches() in text
    assert render_kinds(dict(KINDS)) in text


def test_the_help_tells_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert "--list switches" in told
    assert "CONTROL/bills" in told


def test_a_switch_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--switch", "nope=1"])
    assert (ended.value.code, "no switch is called 'nope'" in capsys.readouterr().err) == (2, True)
