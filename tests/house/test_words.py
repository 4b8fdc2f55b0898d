"""What must never be written, and what every module begins with."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import (
    PRODUCT,
    ROOT,
    TWINS,
    assert_none,
    calls,
    functions,
    modules,
    repository_files,
    shown,
    tree_of,
)

# Each word is in two parts so that this file does not hold it.
FORBIDDEN = {
    "a path of the machine we work on": ("/work" + r"/(main|shared)", "/tmp/" + "brief", "bash" + "_jobs"),
    "a folder beside the repository": (r"(?<![A-Za-z_-])shared" + r"/",),
    "a tool beside the repository": (r"\bissues " + "show",),
    "the host of a package registry": (
        "pypi" + r"\.org",
        "python" + r"hosted\.org",
        "registry" + r"\.npmjs",
        "deb\\." + "debian",
        "proxy\\." + "golang",
    ),
    "both sides of a merge": ("^<<<<<<" + "< ", "^>>>>>>" + "> "),
}
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
# Rooms in which an amount may travel.
MONEY_ROOMS = ("domain", "layouts", "stampli", "store", "flows", "audit")
OWN_TIME = re.compile(r"(datetime\.(now|utcnow|today)|date\.today|time\.(time|monotonic|sleep|perf_counter))")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names_what_a_stranger_does_not_have(what: str) -> None:
    pattern = re.compile("|".join(FORBIDDEN[what]))
    found = [
        f"{shown(path)}:{number}"
        for path in repository_files()
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert_none(found)


def test_no_module_is_named_after_nothing() -> None:
    everywhere = modules(ROOT / "src", ROOT / "tests", ROOT / "benchmarks", ROOT / "docs")
    assert_none([shown(path) for path in everywhere if FORBIDDEN_NAMES & {path.stem, path.parent.name}])


def test_every_module_says_what_it_is_for() -> None:
    everywhere = modules(ROOT / "src", ROOT / "tests", ROOT / "benchmarks", ROOT / "docs")
    assert_none([shown(path) for path in everywhere if not ast.get_docstring(tree_of(path))])


def test_every_module_with_code_defers_annotations() -> None:
    silent = [
        shown(path)
        for path in modules(ROOT / "src", ROOT / "tests", ROOT / "benchmarks", ROOT / "docs")
        if len(tree_of(path).body) > 1 and "from __future__ import annotations" not in path.read_text(encoding="utf-8")
    ]
    assert_none(silent)


def test_every_public_name_says_what_it_is() -> None:
    assert_none([each for path in modules(PRODUCT, TWINS) for each in silent_names(path, tree_of(path).body)])


def silent_names(path: Path, body: list[ast.stmt]) -> list[str]:
    """Public classes and functions of a body without a docstring, and those of its public classes."""
    found: list[str] = []
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if not ast.get_docstring(node) and not is_variant(node):
            found.append(f"{shown(path, node)} {node.name}")
        # The methods of a port are its signatures; its own sentence speaks for them.
        if isinstance(node, ast.ClassDef) and "Protocol" not in {ast.unparse(each) for each in node.bases}:
            found += silent_names(path, node.body)
    return found


def is_variant(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Is this an overload, or the setter of a property that says it already?"""
    names = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
    return bool(names & {"overload", "setter"})


def test_no_import_is_for_types_alone() -> None:
    found = [
        shown(path)
        for path in modules(ROOT / "src", ROOT / "tests")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Name | ast.alias) and getattr(node, "id", getattr(node, "name", "")) == "TYPE_CHECKING"
    ]
    assert_none(found)


def test_no_session_trusts_every_host_key() -> None:
    trusting = [
        shown(path, node)
        for path in modules(ROOT / "src", ROOT / "tests", ROOT / "benchmarks", ROOT / "docs")
        for _, node in calls(path)
        for each in node.keywords
        if each.arg == "known_hosts" and isinstance(each.value, ast.Constant) and each.value.value is None
    ]
    assert_none(trusting)


def test_no_float_is_made_where_an_amount_may_travel() -> None:
    rooms = [PRODUCT / name for name in MONEY_ROOMS]
    found = [shown(path, node) for path in modules(*rooms) for name, node in calls(path) if name == "float"]
    assert_none(found)


def test_nobody_but_the_clock_asks_the_machine_for_the_time() -> None:
    found = [
        f"{shown(path, node)} {name}"
        for path in modules(PRODUCT)
        if path != PRODUCT / "clock.py"
        for name, node in calls(path)
        if OWN_TIME.fullmatch(name)
    ]
    assert_none(found)


def test_only_the_command_line_prints() -> None:
    found = [
        shown(path, node)
        for path in modules(PRODUCT)
        if PRODUCT / "cli" not in path.parents
        for name, node in calls(path)
        if name == "print" or name.startswith("sys.stdout")
    ]
    assert_none(found)


def test_no_test_patches_what_is_ours() -> None:
    patching = [
        f"{shown(path, node)} {name}"
        for path in modules(ROOT / "tests")
        for name, node in calls(path)
        if name in ("mock.patch", "patch", "monkeypatch.setattr", "mocker.patch", "patch.object")
    ]
    assert_none(patching)


def test_the_name_of_a_test_is_a_sentence() -> None:
    words_min = 3
    short = [
        f"{shown(path, node)} {node.name}"
        for path in modules(ROOT / "tests")
        for node in functions(path)
        if node.name.startswith("test_") and node.name.count("_") < words_min
    ]
    assert_none(short)
