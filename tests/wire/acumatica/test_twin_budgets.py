"""Budgets, tax categories and items from the twin, whole under every way it may be unkind (acumatica_api.md 4, 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ml_connector.domain.values.master_data import Combination, Gap, InventoryItem, TaxCategory
from tests.wire.acumatica.twin import QUICK, OpenTwin, TwinCase

SMALL = {
    Combination("J2401", "01", "31-200", "EQP"),
    Combination("J2401", "03", "03-300", "SUB"),
    Combination("J2401", "03", "03-300", "MAT"),
    Combination("J2401", "03", "03-300", "EQP"),
    Combination("J2401", "16", "26-050", "SUB"),
    Combination("J2401", "16", "26-050", "EQP"),
    Combination("J2405", "03", "03-300", "MAT"),
}


def found(case: TwinCase) -> set[Combination]:
    """The combinations, each told once."""
    told = case.erp.fetch_combinations()
    assert not isinstance(told, Gap), told.reason
    assert len(told) == len(set(told))
    return set(told)


def add_lines(case: TwinCase, project: str, count: int) -> set[Combination]:
    """So many budget lines of one phase more."""
    codes = [f"77-{number:03d}" for number in range(count)]
    for code in codes:
        case.control.people("add_budget", project=project, task="03", cost_code=code, group="SUB", amount="1.00")
    return {Combination(project, "03", code, "SUB") for code in codes}


def test_each_combination_of_a_cost_budget_is_told(twin: OpenTwin) -> None:
    """acumatica_entities.json, ProjectBudget."""
    assert found(twin()) == SMALL


def test_a_revenue_budget_is_none_of_ours(twin: OpenTwin) -> None:
    case = twin()
    keys = {"ProjectID": "J2401", "ProjectTaskID": "R1", "AccountGroup": "REV", "CostCode": "00-000"}
    case.control.people("put_record", entity="ProjectBudget", fields={**keys, "InventoryID": "<N/A>", "Type": "Income"})
    assert found(case) == SMALL


@pytest.mark.parametrize("cap", [1, 3, 4, 12])
def test_a_budget_that_a_site_cuts_at_a_page_border_is_read_to_its_end(twin: OpenTwin, cap: int) -> None:
    """fault_catalogue.md 95."""
    case = twin()
    more = add_lines(case, "J2401", 6) | add_lines(case, "J2405", 5)
    case.control.turn(page_size_max=cap)
    case.erp.fetch_cost_codes()
    assert found(case) == SMALL | more


def test_a_budget_too_large_for_one_answer_is_read_by_projects(twin: OpenTwin) -> None:
    case = twin(deadlines=replace(QUICK, body_bytes_max=6_000))
    more = add_lines(case, "J2401", 6) | add_lines(case, "J2405", 5)
    assert found(case) == SMALL | more


def test_a_tenant_without_projects_has_no_budgets(twin: OpenTwin) -> None:
    case = twin()
    case.erp.fetch_any_bill()
    case.control.fault("status", path="/ProjectBudget", code=403, body='{"message":"off"}')
    told = case.erp.fetch_combinations()
    assert isinstance(told, Gap) and told.reason.startswith("Budgets of projects cannot be read")


def test_tax_categories_and_items_are_told(twin: OpenTwin) -> None:
    """acumatica_entities.json, TaxCategory and NonStockItem."""
    case = twin()
    item = {"InventoryID": "HAUL", "Description": "Hauling", "ItemStatus": "No Purchases"}
    case.control.people("put_record", entity="NonStockItem", fields=item)
    categories, items = case.erp.fetch_tax_categories(), case.erp.fetch_items()
    assert not isinstance(categories, Gap) and not isinstance(items, Gap)
    assert {_bare(each) for each in categories} == {
        TaxCategory("TAXABLE", "Taxable goods", True, ""),
        TaxCategory("EXEMPT", "Exempt: freight and services", True, ""),
    }
    assert {_bare(each) for each in items} == {InventoryItem("HAUL", "Hauling", "No Purchases", "")}


def _bare(record: Any) -> Any:
    return replace(record, record_id="", modified_at=None)
