"""The documents say what is there: links resolve, pages from code are fresh, and every code and key has its entry."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from cyclopts import App

from docs.make_reference import pages
from ml_connector.cli.main import build_app
from ml_connector.settings import (
    AcumaticaSettings,
    ConnectionSettings,
    FeedSettings,
    PolicySettings,
    ScheduleSettings,
    StampliSettings,
    parse_settings,
)
from tests.house.tree import PRODUCT, ROOT, assert_none, calls, modules, repository_files, shown, tree_of

REFERENCE = ROOT / "docs" / "reference"
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(#[^)\s]*)?\)")
CODE = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z0-9]+(_[a-z0-9]+)*")
# The value of these keys is a name, not a setting of its own.
NOT_KEYS = {"name"}


def documents() -> list[Path]:
    """Every page of ours."""
    return [path for path in repository_files() if path.suffix == ".md"]


def test_every_link_within_the_documents_leads_somewhere() -> None:
    broken = [
        f"{shown(path)}: {match[1]}"
        for path in documents()
        for match in LINK.finditer(path.read_text(encoding="utf-8"))
        if not (path.parent / match[1]).exists()
    ]
    assert_none(broken)


def test_no_page_of_the_docs_is_lost() -> None:
    linked = {
        (path.parent / match[1]).resolve()
        for path in documents()
        for match in LINK.finditer(path.read_text(encoding="utf-8"))
    }
    decisions = ROOT / "docs" / "decisions"
    pages_of_ours = [path for path in documents() if ROOT / "docs" in path.parents and decisions not in path.parents]
    assert_none([shown(path) for path in pages_of_ours if path.resolve() not in linked])


@pytest.mark.parametrize("page", list(pages()), ids=lambda path: path.name)
def test_a_page_that_is_made_from_the_program_is_fresh(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == pages()[page], "run make docs"


@pytest.mark.parametrize(
    "table",
    [ConnectionSettings, AcumaticaSettings, StampliSettings, FeedSettings, PolicySettings, ScheduleSettings],
)
def test_every_setting_has_its_line_in_the_reference(table: type) -> None:
    text = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    names = [each.name for each in fields(table) if each.name not in NOT_KEYS]
    assert_none([name for name in names if f"`{name}`" not in text and f".{name}" not in text])


def commands_of(app: App, prefix: str) -> Iterator[str]:
    """Every command an app offers, in full."""
    for name in app:
        if name.startswith("-"):
            continue
        inner = list(commands_of(app[name], f"{prefix} {name}"))
        yield from inner or [f"{prefix} {name}"]


def test_the_reference_has_exactly_the_commands_that_there_are() -> None:
    text = (REFERENCE / "commands.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(ml-connector [a-z -]+[a-z])", text, re.MULTILINE))
    assert described == set(commands_of(build_app(), "ml-connector"))


def test_every_command_is_in_the_change_log() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    missing = [name for name in commands_of(build_app(), "") if f"`{name.strip()}`" not in re.sub(r"\s+", " ", text)]
    assert_none(missing)


def test_the_front_page_names_both_commands_of_the_first_minute() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert_none([command for command in ("make rehearse", "make test") if command not in text])


def test_the_settings_of_the_front_page_load() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    assert list(parse_settings(block[1], ROOT / "ml-connector.toml", {}).connections) == ["harbor"]


def test_the_change_log_has_a_place_for_what_is_not_released() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# A code begins with a room or with what a problem is about.
ROOMS = {path.name for path in PRODUCT.iterdir() if (path / "__init__.py").exists()}
AREAS = ROOMS | {"document", "layout", "file", "heading", "lease", "program", "row", "secret", "value"}
# Made of the state of a file.
MADE_CODES = {"file.refused"}
# Names of settings look alike too; a code of the same name is still described.
SETTING_NAMES = {"acumatica.tenant", "stampli.company"}
# Texts that look like a code and are none: secrets, modules and files, columns of tables.
NOT_CODES = re.compile(
    r"(acumatica|stampli)\.(password|client_secret|(pgp_)?private_key|(pgp_)?passphrase|refresh_token|cookies)"
    r"|audit\.signing_key|.*\.(py|toml|db|json|csv|id)"
)


def codes_in_product() -> set[str]:
    """Every text constant of the product that is a dotted code."""
    found: set[str] = set()
    actions: set[str] = set()
    for path in modules(PRODUCT):
        texts = (node.value for node in ast.walk(tree_of(path)) if isinstance(node, ast.Constant))
        found |= {text for text in texts if isinstance(text, str) and is_code(text)}
        # The action of an audit entry is named alike.
        notes = (node for name, node in calls(path) if name.rpartition(".")[2] == "AuditNote")
        actions |= {str(each.value) for note in notes for each in note.args[:1] if isinstance(each, ast.Constant)}
    return found - actions - SETTING_NAMES


def is_code(text: str) -> bool:
    """Does this text look like one of our codes?"""
    return bool(CODE.fullmatch(text)) and text.partition(".")[0] in AREAS and not NOT_CODES.fullmatch(text)


def described_codes(page: str) -> set[str]:
    """The codes that begin a line of a table."""
    return set(re.findall(r"^\| `([a-z_.0-9]+)`", (REFERENCE / page).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_code_of_an_error_or_a_problem_has_its_entry() -> None:
    described = described_codes("errors.md") | described_codes("problems.md")
    assert_none(sorted(codes_in_product() - described))


def test_the_reference_describes_no_code_that_is_gone() -> None:
    everything = "\n".join(path.read_text(encoding="utf-8") for path in modules(PRODUCT))
    described = described_codes("errors.md") | described_codes("problems.md")
    assert_none(sorted(code for code in described - MADE_CODES if f'"{code}"' not in everything))
