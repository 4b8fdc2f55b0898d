"""The layouts that come with the product, as data beside this module: two standards, and an example of each family.

Loads by name at the caller's request; names a layout of ours, never a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.language.layout_file import parse_layout
from ml_connector.layouts.layout import Layout

SHIPPED_NAMES = ("standard-csv", "standard-xml")
_ENDING = ".toml"


@cache
def load_shipped_layout(name: str) -> Layout:
    """The shipped layout of that name; ConfigurationError ``layout.unknown_name`` where none is shipped under it."""
    found = files(__package__).joinpath(f"{name}{_ENDING}") if name in SHIPPED_NAMES else _examples().get(name)
    if found is None:
        message = f"No layout named {name!r} comes with the product."
        fix = f"Name one of {', '.join((*SHIPPED_NAMES, *_examples()))}, or the path of a layout file."
        raise ConfigurationError(message, fix=fix, code="layout.unknown_name", at="settings")
    return parse_layout(found.read_text("utf-8"), name)


def example_names() -> tuple[str, ...]:
    """The names of the example layouts, in order."""
    return tuple(_examples())


@cache
def _examples() -> Mapping[str, Traversable]:
    folders = (each for each in files(__package__).iterdir() if each.is_dir())
    found = (each for folder in folders for each in folder.iterdir() if each.name.endswith(_ENDING))
    return {each.name.removesuffix(_ENDING): each for each in sorted(found, key=lambda each: each.name)}
