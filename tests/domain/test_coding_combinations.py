"""Which combinations of the cost budgets may be picked: those whose every part may."""

from __future__ import annotations

from typing import Any

import pytest

from ml_connector.domain.coding_lists.combinations import usable_combinations
from ml_connector.domain.values.master_data import Combination
from tests.builders import a_snapshot


def usable(*combinations: Combination, **members: Any) -> tuple[Combination, ...]:
    """What may be picked of these in the firm."""
    return usable_combinations(a_snapshot(combinations=combinations, **members))


GOOD = Combination("J2401", "03", "03-300", "SUB")


@pytest.mark.parametrize(
    "combination",
    [
        Combination("J2310", "03", "03-300", "SUB"),
        Combination("J2401", "99", "03-300", "SUB"),
        Combination("J2401", "R1", "03-300", "SUB"),
        Combination("J2401", "03", "02-999", "SUB"),
        Combination("J2600", "01", "03-300", "SUB"),
        Combination("NONE", "03", "03-300", "SUB"),
        Combination("J2401", "77", "03-300", "SUB"),
        Combination("J2401", "03", "77-777", "SUB"),
    ],
    ids=["job complete", "phase planned", "revenue", "code closed", "job hidden", "no job", "no phase", "no code"],
)
def test_one_part_that_may_not_be_picked_takes_the_combination_with_it(combination: Combination) -> None:
    assert usable(combination, GOOD) == (GOOD,)


def test_a_combination_is_told_once_however_many_lines_the_budget_has() -> None:
    assert usable(GOOD, Combination("J2401", "03", "03-300", "MAT"), GOOD) == (
        GOOD,
        Combination("J2401", "03", "03-300", "MAT"),
    )


def test_codes_are_told_as_the_lists_have_them() -> None:
    assert usable(Combination("j2401", "03", "03300", "SUB")) == (GOOD,)


def test_a_budget_without_cost_codes_combines_job_and_phase() -> None:
    whole_phase = Combination("J2401", "03", None, "SUB")
    assert usable(whole_phase) == (whole_phase,)


def test_what_cannot_be_read_is_not_held_against_a_combination() -> None:
    odd = Combination("J9", "8", "7", "SUB")
    assert usable(odd, projects=None, tasks=None, cost_codes=None) == (odd,)
    assert usable_combinations(a_snapshot()) == ()
