"""The repository as the house tests see it: its files and their syntax trees. No test lives here."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "src" / "ml_connector"
TWINS = ROOT / "src" / "ml_connector_twins"
_LEFT_OUT = {".git", ".venv", "var", "build", "dist", "__pycache__"}


@cache
def repository_files() -> tuple[Path, ...]:
    """Every file that is or would be committed; all but the well-known leftovers where git is not there."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        names = listed.stdout.decode().rstrip("\0").split("\0")
        return tuple(path for name in names if (path := ROOT / name).is_file())
    return tuple(
        path for path in ROOT.rglob("*") if path.is_file() and not _LEFT_OUT & set(path.relative_to(ROOT).parts)
    )


def modules(*folders: Path) -> list[Path]:
    """Every Python module under these folders, in order."""
    return sorted(
        path for path in repository_files() if path.suffix == ".py" and any(f in path.parents for f in folders)
    )


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_bytes(), filename=str(path))


def shown(path: Path, node: ast.stmt | ast.expr | None = None) -> str:
    """A place as a person looks it up: file and line."""
    name = path.relative_to(ROOT).as_posix()
    return f"{name}:{node.lineno}" if node is not None else name


def assert_none(found: list[str]) -> None:
    """Fail with the whole list, a line each, where there is any."""
    assert not found, "\n" + "\n".join(found)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    """Every function of a module, methods and inner ones too."""
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, Function))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a module with the dotted name of what is called, as it is written."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield ast.unparse(node.func), node
