"""The layouts that come with the product, as data beside this module.

Loads by name at the caller's request; names a layout of ours, never a path.
"""

from __future__ import annotations

from importlib.resources import files

from ml_connector.errors import ConfigurationError
from ml_connector.layouts.layout import Layout
from ml_connector.layouts.layout_file import parse_layout

SHIPPED_NAMES = ("standard-csv",)


def load_shipped_layout(name: str) -> Layout:
    """The shipped layout of that name; ConfigurationError ``layout.unknown_name`` where none is shipped under it."""
    if name not in SHIPPED_NAMES:
        message = f"No layout named {name!r} comes with the product."
        fix = f"Name one of {', '.join(SHIPPED_NAMES)}, or the path of a layout file."
        raise ConfigurationError(message, fix=fix, code="layout.unknown_name", at="settings")
    return parse_layout(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"), name)
