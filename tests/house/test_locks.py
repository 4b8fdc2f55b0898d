"""What is installed is what was locked: pinned, hashed, and without an address of any index."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT, modules, tree_of

ENTRY = re.compile(
    r"(?P<name>[a-z0-9._-]+)(?P<extras>\[[a-z0-9,-]+\])?==(?P<version>\S+)(?P<marker> ; [^\\]+)? \\\n"
    r"(?P<hashes>(    --hash=.*\n)+)"
)
EXTRAS = re.compile(r"\[[a-z0-9,-]+\]")
# Used by another library, without an import of ours: time zones, private keys with a passphrase, PostgreSQL.
IMPORTED_AS = {"google_re2": "re2"}
USED_UNSEEN = {"tzdata", "bcrypt", "psycopg"}


def entries_of(name: str) -> dict[str, str]:
    """Name and version of each entry of a lock file, which must hold nothing else."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert ENTRY.sub("", text) == ""
    return {each["name"]: each["version"] for each in ENTRY.finditer(text)}


def direct_pins() -> dict[str, str]:
    """What pyproject.toml names itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    return dict(EXTRAS.sub("", line).partition(";")[0].strip().split("==") for line in wanted)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-mutants.lock"])
def test_a_lock_file_holds_pinned_and_hashed_entries_alone(name: str) -> None:
    assert entries_of(name)


def test_the_lock_has_the_versions_that_the_project_names() -> None:
    locked = entries_of("requirements.lock")
    assert {name: locked.get(name) for name in direct_pins()} == direct_pins()


def test_developers_have_what_customers_have() -> None:
    assert entries_of("requirements.lock").items() <= entries_of("requirements-dev.lock").items()


def wanted_extras() -> set[tuple[str, str]]:
    """Which distribution is asked for with which extra by one that is locked and installed here."""
    wanted: set[tuple[str, str]] = set()
    for each in distributions():
        if canonicalize_name(each.metadata["Name"]) in entries_of("requirements-dev.lock"):
            for line in each.requires or ():
                asked = Requirement(line)
                if asked.marker is None or asked.marker.evaluate({"extra": ""}):
                    wanted |= {(canonicalize_name(asked.name), extra) for extra in asked.extras}
    return wanted


def test_what_is_asked_for_with_an_extra_is_locked_with_it() -> None:
    """Else pip tries the newest release first, and stops where that is not the locked one."""
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    locked = {
        (each["name"], extra) for each in ENTRY.finditer(text) for extra in (each["extras"] or "")[1:-1].split(",")
    }
    assert wanted_extras() <= locked


def imported_names() -> set[str]:
    """The foreign packages that the code imports, by the first part of their name."""
    found: set[str] = set()
    for path in modules(ROOT / "src"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
                found |= {str(each.value).partition(".")[0] for each in node.args if isinstance(each, ast.Constant)}
    return found - sys.stdlib_module_names - {"ml_connector", "ml_connector_twins"}


def test_the_project_names_what_it_imports_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [line for lines in project["project"]["optional-dependencies"].values() for line in lines]
    lines = [*project["project"]["dependencies"], *extras]
    named = {EXTRAS.sub("", line).partition("==")[0].replace("-", "_") for line in lines}
    assert {IMPORTED_AS.get(each, each) for each in named} - USED_UNSEEN == imported_names()
