"""The files of a sample: what is packed is unpacked, the data file told from its side file and its attachments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml_connector.layouts.fields import loose_word
from ml_connector.layouts.layout import Column, FeedLayout, FileRules, Wrapping
from ml_connector.layouts.wrapping.archives import unpack
from ml_connector.problems import Problem

_DATA = (".csv", ".txt", ".tsv", ".xml", ".dat", ".asc", ".tab")
_SIDE = (".ctl", ".control", ".trl", ".chk", ".sum")
_SIDE_MEMBERS = {
    "file": "file",
    "filename": "file",
    "documents": "documents",
    "documentcount": "documents",
    "invoices": "documents",
    "count": "documents",
    "rows": "rows",
    "rowcount": "rows",
    "lines": "rows",
    "records": "rows",
    "total": "total",
    "amount": "total",
    "sum": "total",
    "controltotal": "total",
    "sha256": "sha256",
    "hash": "sha256",
    "serial": "serial",
    "sequence": "serial",
}
_SIDE_TYPES = {"documents": "whole", "rows": "whole", "total": "amount"}


@dataclass(frozen=True, slots=True)
class Opened:
    """The data file of a sample, the names beside it, and what had to be taken off."""

    name: str
    content: bytes
    siblings: Mapping[str, bytes]
    unwrap: tuple[Wrapping, ...] = ()
    partner: str = ""

    @property
    def layout_name(self) -> str:
        """A name for the layout, after the file's without what looks like a date or number."""
        stem = self.name.rpartition("/")[2].partition(".")[0]
        words = [each for each in re.split(r"[^A-Za-z0-9]+", stem) if each and not re.fullmatch(r"[0-9]{4,}", each)]
        return "-".join(words).lower() or "inferred"

    @property
    def rules(self) -> FileRules:
        """What the layout says of files."""
        return FileRules(unwrap=self.unwrap)

    def feed_keys(self, feed: FeedLayout) -> dict[str, Any]:
        """What lies beside the data file: a side file with control figures, attachments named after a member."""
        side = self._side()
        keys: dict[str, Any] = {}
        if side:
            name, columns = side
            keys["side_file"] = name
            keys["columns"] = (*feed.columns, *columns)
        return keys

    def _side(self) -> tuple[str, tuple[Column, ...]] | None:
        stem = self.name.rpartition(".")[0]
        for name, content in self.siblings.items():
            for pattern, whole in (("{stem}", stem), ("{name}", self.name)):
                ending = name.removeprefix(whole)
                if ending != name and ending.lower() in _SIDE:
                    columns = _side_columns(content)
                    if columns:
                        return pattern + ending, columns
        return None


def open_sample(files: Mapping[str, bytes]) -> Opened | Problem:
    """The data file and its siblings; a problem where there is none, or where several could be it."""
    unwrap: list[Wrapping] = []
    found: dict[str, bytes] = {}
    for name, content in files.items():
        opened = unpack(name, content, ("gzip", "zip"))
        if isinstance(opened, Problem):
            return opened
        if content.startswith(b"\x1f\x8b"):
            unwrap.append("gzip")
        elif content.startswith(b"PK"):
            unwrap.append("zip")
        found |= opened
    names = [each for each in found if "/" not in each and each.lower().endswith(_DATA) and not each.startswith(".")]
    names = names or ([next(iter(found))] if len(found) == 1 else [])
    partner = names[1] if len(names) == 2 and len(files) == 2 else ""
    if len(names) != 1 and not partner:
        message = f"{len(names)} of the {len(found)} files are data files; one is expected."
        first = next(iter(found), "")
        return Problem(
            "file.which_one", message, first, value=", ".join(names)[:200], rule="one data file", scope="file"
        )
    name = names[0]
    rest = {each: content for each, content in found.items() if each != name}
    return Opened(name, found[name], rest, tuple(dict.fromkeys(unwrap)), partner)


def _side_columns(content: bytes) -> tuple[Column, ...]:
    """The keys of a side file that state something we can hold against what was read."""
    found: dict[str, Column] = {}
    for line in content.decode("utf-8-sig", "replace").splitlines():
        key, equals, _ = line.partition("=")
        member = _SIDE_MEMBERS.get(loose_word(key)) if equals else None
        if member and member not in found:
            kind = _SIDE_TYPES.get(member, "text")
            found[member] = Column(key.strip(), member, kind, "control", record="side")  # type: ignore[arg-type]
    return tuple(found.values())
