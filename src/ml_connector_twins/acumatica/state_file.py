"""The file a twin keeps its site in between two starts, and the file its switches are set by.

Sessions, tokens, faults and the log of requests end with the process, as with an application pool that ends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from ml_connector_twins.acumatica.instance import Site, SiteOptions, open_site
from ml_connector_twins.acumatica.records.keeping import FORMAT, BadState, render_books, restore_books
from ml_connector_twins.acumatica.switches import SwitchValue, UnknownSwitch

_NO_FIRM = "empty"


def save_site(site: Site, path: Path) -> None:
    """Books, clock and switches of the site; the file is whole or the one before it."""
    content = {
        "format": FORMAT,
        "firm": site.options.firm,
        "clock_seconds": site.clock.offset.total_seconds(),
        "switches": site.switches.positions(),
        "books": {tenant: render_books(books) for tenant, books in site.books.items()},
    }
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as out:
        json.dump(content, out, separators=(",", ":"))
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def load_site(options: SiteOptions, path: Path, positions: Mapping[str, SwitchValue]) -> Site:
    """The site as kept, with these switches turned; its tenants must be those of ``options``.

    Raises BadState for a file that is no state of this twin, UnknownSwitch.
    """
    content = _object(path)
    kept = content.get("books")
    if content.get("format") != FORMAT or not isinstance(kept, dict):
        raise BadState(f"{path.name} is no state that this version of the twin wrote")
    if set(kept) != set(options.tenants):
        raise BadState(f"{path.name} holds the tenants {', '.join(kept)}, not {', '.join(options.tenants)}")
    site = open_site(options, {**content.get("switches", {}), **positions}, firm=_NO_FIRM)
    site.clock.offset = timedelta(seconds=float(content.get("clock_seconds", 0)))
    for tenant, books in site.books.items():
        restore_books(books, kept[tenant])
    return site


def load_switches(path: Path) -> dict[str, SwitchValue]:
    """Switches by name, as conformance writes them; a name that begins with an underscore is a remark.

    Raises UnknownSwitch for a file that is none.
    """
    try:
        content = _object(path)
    except BadState as fault:
        raise UnknownSwitch(str(fault)) from fault
    return {name: value for name, value in content.items() if not name.startswith("_")}


def _object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise BadState(f"{path.name} cannot be read: {fault}") from fault
    if not isinstance(content, dict):
        raise BadState(f"{path.name} holds no JSON object")
    return content
