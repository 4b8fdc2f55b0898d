"""What is installed is what was locked: pinned, hashed, and without an address of any index."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.house.tree import ROOT

ENTRY = re.compile(r"(?P<name>[a-z0-9._-]+)==(?P<version>\S+)(?P<marker> ; [^\\]+)? \\\n(?P<hashes>(    --hash=.*\n)+)")


def entries_of(name: str) -> dict[str, str]:
    """Name and version of each entry of a lock file, which must hold nothing else."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert ENTRY.sub("", text) == ""
    return {each["name"]: each["version"] for each in ENTRY.finditer(text)}


def direct_pins() -> dict[str, str]:
    """What pyproject.toml names itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    return dict(line.partition(";")[0].strip().split("==") for line in wanted)


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_holds_pinned_and_hashed_entries_alone(name: str) -> None:
    assert entries_of(name)


def test_the_lock_has_the_versions_that_the_project_names() -> None:
    locked = entries_of("requirements.lock")
    assert {name: locked.get(name) for name in direct_pins()} == direct_pins()


def test_developers_have_what_customers_have() -> None:
    assert entries_of("requirements.lock").items() <= entries_of("requirements-dev.lock").items()
