"""The 22 rules of acumatica_api.md 13 and the facts of its sections 1 to 9: each has a test that shows it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_CLIENT = _HERE.parents[1] / "wire" / "acumatica"

RULES: dict[int, tuple[str, str]] = {
    1: ("test_reading", "test_the_endpoint_list_is_an_object_or_on_older_builds_a_bare_array_and_needs_no_sign_in"),
    2: ("test_reading", "test_every_version_shows_exactly_its_own_fields"),
    3: ("test_sign_in", "test_several_tenants_refuse_an_unknown_name_and_one_tenant_takes_any"),
    4: ("test_authorization", "test_a_person_signs_in_on_the_page_and_the_code_becomes_a_grant_that_refreshes"),
    5: ("test_sign_in", "test_the_login_limit_comes_in_three_dresses"),
    6: ("test_sign_in", "test_the_cookie_login_sets_the_recorded_cookies_and_idles_out"),
    7: ("test_faults", "test_in_virtual_time_the_delay_moves_the_clock_and_nobody_waits"),
    8: ("test_reading", "test_values_are_wrapped_empty_ones_are_empty_objects_and_nothing_nested_comes_unasked"),
    9: ("test_filters", "test_what_the_server_does_not_take_is_500"),
    10: ("test_reading", "test_rows_come_in_another_order_each_time_but_top_takes_the_first_by_key"),
    11: ("test_reading", "test_lists_the_optimiser_cannot_compile_are_500_with_the_fields_named"),
    12: ("test_reading", "test_a_missing_record_is_500_by_key_and_by_id_and_an_empty_list_by_filter"),
    13: ("test_bills", "test_unknown_and_read_only_fields_are_ignored_without_a_word"),
    14: ("test_bills", "test_a_supplied_number_is_ignored_unless_numbering_is_manual"),
    15: ("test_bills", "test_a_refusal_shows_every_fault_with_padded_codes_and_stores_nothing"),
    16: ("test_bills", "test_the_same_refusal_comes_in_three_dresses"),
    17: ("test_faults", "test_a_release_runs_on_and_blocks_its_session_for_that_screen"),
    18: ("test_payments", "test_a_released_check_closes_the_bill_and_moves_its_applications_to_the_history"),
    19: ("test_control", "test_files_are_attached_by_the_link_of_the_record_listed_and_read"),
    20: ("test_faults", "test_a_hang_ends_when_the_caller_gives_up_and_the_work_may_be_done"),
    21: ("test_odata", "test_inquiries_pad_their_text_and_ignore_wrong_parameters"),
    22: ("test_reading", "test_the_companies_structure_is_read_by_put"),
}
"""Rule by number: the file and a test that shows it; others show more of it."""

SECTIONS = (
    *("1", "2.1", "2.2", "2.3", "2.4", "3", "4.1", "4.2", "4.3", "4.4", "4.5", "5.1", "5.2", "5.3", "5.4", "5.5"),
    *("6", "7", "8.1", "8.2", "8.3", "8.4", "8.5", "8.6", "9"),
)


def test_all_22_rules_are_there() -> None:
    assert list(RULES) == list(range(1, 23))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_its_test(rule: int) -> None:
    """It names the rule at the head of its docstring: ``13.7``."""
    file, name = RULES[rule]
    tree = ast.parse((_HERE / f"{file}.py").read_text(encoding="utf-8"))
    [found] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    assert re.search(rf"(?<!\d)13\.{rule}(?!\d)", ast.get_docstring(found) or "")


def test_every_section_of_facts_is_named_by_a_test() -> None:
    """A test names its sections at the head of its docstring or its file's: ``4.2``, ``acumatica_api.md 2.1``."""
    texts = [path.read_text(encoding="utf-8") for folder in (_HERE, _CLIENT) for path in folder.glob("test_*.py")]
    quoted = [text for each in texts for text in re.findall(r'"""(.*?)"""', each, re.DOTALL)]
    named = {number for text in quoted for number in re.findall(r"(?<![\w.])\d(?:\.\d)?(?![\w.]*\d)", text)}
    assert [section for section in SECTIONS if section not in named] == []
