"""Every assumption is a named switch with its source, and every switch decides something."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

from ml_connector_twins.acumatica.switches import SWITCHES, Switches, UnknownSwitch


def _code(folder: Traversable) -> str:
    texts = []
    for entry in folder.iterdir():
        if entry.name == "switches":
            continue
        if entry.is_dir():
            texts.append(_code(entry))
        elif entry.name.endswith(".py"):
            texts.append(entry.read_text(encoding="utf-8"))
    return "\n".join(texts)


def test_every_switch_is_read_somewhere() -> None:
    code = _code(files("ml_connector_twins.acumatica"))
    assert [name for name in SWITCHES if f'"{name}"' not in code] == []


def test_every_switch_names_what_it_decides_and_where_that_is_said() -> None:
    assert [s.name for s in SWITCHES.values() if not s.decides or not s.source] == []
    assert [s.name for s in SWITCHES.values() if s.choices and s.default != s.choices[0]] == []


def test_the_switches_of_the_reference_table_have_its_values_and_its_defaults() -> None:
    """acumatica_api.md 13, default first."""
    table = {
        "dropdown_accepts_code": "no yes",
        "duplicate_ref_scope": "vendor vendor+type vendor+branch",
        "duplicate_ref_compare": "ignore_case exact trim",
        "duplicate_ref_answer": "422_entity 500_exception",
        "po_link_half_given": "refuse ignore",
        "po_link_absent": "refuse line_without_link",
        "po_link_not_billable": "refuse accept",
        "po_line_twice_on_bill": "refuse accept",
        "po_over_billing": "accept warn refuse_on_save refuse_on_release",
        "subcontract_link": "po_fields_type_label po_fields_type_code not_available",
        "retainage_from_commitment": "inherit none",
        "line_coding_from_po": "po_wins request_wins refuse_difference",
        "invalid_coding_refused_at": "save unhold release",
        "vendor_status_refused_at": "save release",
        "settled_bill_reverse": "refuse allow",
        "release_retainage_vendor_ref": "empty inherit refuse",
    }
    assert {name: " ".join(SWITCHES[name].choices) for name in table} == table


def test_a_wrong_value_changes_nothing() -> None:
    switches = Switches()
    with pytest.raises(UnknownSwitch, match="takes one of"):
        switches.turn({"po_link_absent": "maybe"})
    with pytest.raises(UnknownSwitch, match="takes a bool"):
        switches.turn({"hold_on_entry": 1})
    assert switches.positions() == Switches().positions()
