"""Each fact of acumatica_api.md 1 to 9 has a wire test that names its section, or a reason why nothing rests on it.

``python -m tests.wire.acumatica.test_facts`` prints the list.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.wire.acumatica.facts import FACTS, SECTIONS, Fact

_HERE = Path(__file__).parent
_SHOWN = [fact for fact in FACTS if fact.test]


@cache
def _told_by(file: str) -> dict[str, str]:
    """What each test of a file says of itself, after what the file says of all."""
    tree = ast.parse((_HERE / f"{file}.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.get_docstring(node) or "" for node in functions}


def test_every_section_is_there_in_its_order() -> None:
    assert list(dict.fromkeys(fact.section for fact in FACTS)) == list(SECTIONS)


def test_a_fact_is_shown_or_not_relied_on() -> None:
    assert [fact for fact in FACTS if bool(fact.test) == bool(fact.not_relied_on)] == []


@pytest.mark.parametrize("fact", _SHOWN, ids=lambda fact: f"{fact.section} {fact.said}")
def test_a_fact_has_a_test_that_names_its_section(fact: Fact) -> None:
    file, _, name = fact.test.partition("::")
    told = _told_by(file)
    assert name in told
    words = told[name].replace(",", " ").replace(":", " ").replace(")", " ").replace(". ", " ").split()
    assert fact.section in [word.rstrip(".") for word in words]


if __name__ == "__main__":
    for each in FACTS:
        print(f"{each.section:<4} {each.said}: {each.test or 'not relied on: ' + each.not_relied_on}")
