"""The published schema fits every layout that comes with the program, and refuses the keys the language refuses."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import fastjsonschema
import pytest

from ml_connector.errors import ConfigurationError
from ml_connector.layouts import shipped
from ml_connector.layouts.language.layout_file import parse_layout_table
from ml_connector.layouts.language.tables import Table
from ml_connector.layouts.shipped import SHIPPED_NAMES, example_names
from tests.house.tree import ROOT

SCHEMA = json.loads((ROOT / "docs/reference/layout.schema.json").read_text("utf-8"))
fits: Callable[[object], object] = fastjsonschema.compile(SCHEMA)
# Tables whose keys are names of the customer's.
NAMED = {"feeds", "words", "lookup", "signs", "namespaces"}


def content_of(name: str) -> dict[str, Any]:
    """The TOML of a shipped layout as plain values."""
    found = next(each for each in walk(files(shipped)) if each.name == f"{name}.toml")
    return tomllib.loads(found.read_text("utf-8"))


def walk(folder: Any) -> Iterator[Any]:
    for each in folder.iterdir():
        if each.is_dir():
            yield from walk(each)
        else:
            yield each


def plain(value: Any) -> Any:
    """Days as JSON writes them."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def tables_of(value: Any, key: str = "") -> Iterator[dict[str, Any]]:
    """Every table whose keys are the language's, with those inside it."""
    if isinstance(value, list):
        for each in value:
            yield from tables_of(each, key)
    elif isinstance(value, dict):
        if key not in NAMED:
            yield value
        for name, each in value.items():
            yield from tables_of(each, "" if key in NAMED else name)


def is_fit(content: Any) -> bool:
    try:
        fits(plain(content))
    except fastjsonschema.JsonSchemaException:
        return False
    return True


def is_read(content: Any) -> bool:
    try:
        parse_layout_table(Table("own", "", content))
    except ConfigurationError as error:
        assert error.code == "layout.unknown_key"
        return False
    return True


@pytest.mark.parametrize("name", [*SHIPPED_NAMES, *example_names()])
def test_a_shipped_layout_fits_the_schema(name: str) -> None:
    fits(plain(content_of(name)))


@pytest.mark.parametrize("name", ["standard-csv", "l03-record-types", "l05c-packed-shares", "l12-xml-nested"])
def test_an_unknown_key_is_refused_by_schema_and_language_in_any_table(name: str) -> None:
    content = content_of(name)
    count = sum(1 for _ in tables_of(content))
    assert count > 3

    for at in range(0, count, max(1, count // 25)):
        changed = copy.deepcopy(content)
        list(tables_of(changed))[at]["kolour"] = 1
        assert (is_fit(changed), is_read(changed)) == (False, False), at


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("", "version", 0),
        ("", "format", "pdf"),
        ("csv", "encoding", "utf-7"),
        ("csv", "heading", "yes"),
        ("xml", "depth_max", 201),
        ("xml", "encoding", "nothing"),
        ("numbers", "decimal", ";"),
        ("files", "unwrap", ["rar"]),
        ("days", "pivot", 100),
    ],
)
def test_a_wrong_value_does_not_fit(table: str, key: str, value: object) -> None:
    content = content_of("standard-csv")
    own = content.setdefault(table, {}) if table else content
    own[key] = value

    assert not is_fit(content)
    with pytest.raises(ConfigurationError):
        parse_layout_table(Table("own", "", content))
