"""The options every command takes. A value, no logic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


@Parameter(name="*")
@dataclass(frozen=True)
class Options:
    """Options that every command takes."""

    config: Path | None = None
    "Settings file (default: $ML_CONNECTOR_CONFIG, else ml-connector.toml here)."

    json: Annotated[bool, Parameter(negative=())] = False
    "Print one JSON document on standard output and nothing else there."


NO_OPTIONS = Options()
