"""The questions to a sandbox, tried on the twin: each is put in a form the site understands, and none writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ml_connector.acumatica.erp import AcumaticaErp
from tests.conformance.grounds import on_the_twin
from tests.conformance.questions import QUESTIONS, Told, ask_all


@pytest.fixture(scope="module")
def answers() -> Iterator[dict[str, Told]]:
    with on_the_twin() as ground:
        assert isinstance(ground.erp, AcumaticaErp)
        yield {told.question.number: told for told in ask_all(ground.erp)}


def test_every_question_has_a_line_with_a_verdict_and_a_day(answers: dict[str, Told]) -> None:
    assert list(answers) == [question.number for question in QUESTIONS]
    assert {told.verdict for told in answers.values()} <= {"yes", "no", "not asked"}
    assert all(len(told.day) == 10 and told.render().startswith(told.question.number) for told in answers.values())


def test_the_fourteen_calls_and_the_ten_experiments_are_all_there() -> None:
    named = {question.number.rstrip("abcde") for question in QUESTIONS}

    assert named == {str(number) for number in range(1, 15)} | {f"E{number}" for number in range(1, 11)}


def test_a_missing_record_is_told_in_the_documented_form(answers: dict[str, Told]) -> None:
    assert "NoEntitySatisfies" in answers["5"].answer or "404" in answers["5"].answer


@pytest.mark.parametrize("number", ["11a", "11b", "E2a", "E2b", "E2c", "E2d"])
def test_a_question_about_filters_is_understood(answers: dict[str, Told], number: str) -> None:
    assert answers[number].verdict == "yes", answers[number].render()
