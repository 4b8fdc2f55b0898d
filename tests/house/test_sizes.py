"""Nothing grows past what a person reads at a glance (ARCHITECTURE.md, sizes)."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from tests.house.tree import (
    PRODUCT,
    ROOT,
    TWINS,
    Function,
    assert_none,
    functions,
    modules,
    repository_files,
    shown,
    tree_of,
)

MODULE_LINES_MAX = 400
TEST_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
POSITIONAL_MAX = 4
FOLDER_ENTRIES_MAX = 14


def lines_of(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_bytes().splitlines())


def test_no_module_is_longer_than_a_person_reads() -> None:
    long = [f"{shown(path)}: {lines_of(path)}" for path in modules(ROOT / "src") if lines_of(path) > MODULE_LINES_MAX]
    assert_none(long)


def test_no_test_module_is_longer_than_a_person_reads() -> None:
    found = modules(ROOT / "tests", ROOT / "benchmarks")
    assert_none([f"{shown(path)}: {lines_of(path)}" for path in found if lines_of(path) > TEST_LINES_MAX])


def test_no_function_is_longer_than_a_page() -> None:
    long = [
        f"{shown(path, node)} {node.name}: {length}"
        for path in modules(PRODUCT, TWINS)
        for node in functions(path)
        if (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert_none(long)


def test_no_function_takes_more_than_four_values_by_position() -> None:
    greedy = [
        f"{shown(path, node)} {node.name}: {count}"
        for path in modules(PRODUCT, TWINS)
        for node in functions(path)
        if (count := positional_of(node)) > POSITIONAL_MAX and node not in foreign_methods(path)
    ]
    assert_none(greedy)


def foreign_methods(path: Path) -> set[ast.stmt]:
    """The methods of classes that stand in for a foreign one (``library.Class``): their signatures are not ours."""
    classes = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ClassDef)]
    return {inner for each in classes if any("." in ast.unparse(base) for base in each.bases) for inner in each.body}


def positional_of(node: Function) -> int:
    """How many values a function takes by position, itself or its class not counted."""
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_no_flag_is_taken_by_position() -> None:
    flags = [
        f"{shown(path, node)} {node.name}({each.arg})"
        for path in modules(PRODUCT)
        for node in functions(path)
        for each in (*node.args.posonlyargs, *node.args.args)
        # A function of a single value may well be about a flag.
        if positional_of(node) > 1 and each.annotation is not None and ast.unparse(each.annotation) == "bool"
    ]
    assert_none(flags)


def test_no_folder_of_code_holds_more_than_a_glance_takes_in() -> None:
    entries: dict[Path, set[str]] = defaultdict(set)
    for path in repository_files():
        for parent in path.parents:
            if ROOT / "src" in parent.parents:
                entries[parent].add(path.relative_to(parent).parts[0])
    # The package itself holds the rooms: the plan names them all.
    full = {
        shown(folder): len(names - {"__init__.py"})
        for folder, names in entries.items()
        if len(names - {"__init__.py"}) > FOLDER_ENTRIES_MAX and folder != PRODUCT
    }
    assert full == {}
