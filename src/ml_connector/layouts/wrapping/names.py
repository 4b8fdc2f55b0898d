"""How files that belong together are named: what binds a set, what a side file or marker is called, what packing adds
to a name. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from ml_connector.layouts.layout import Wrapping

# What an encrypted or compressed file is called beyond its own name, in the order in which it is taken off.
PACKED_ENDINGS = (".pgp", ".gpg", ".asc", ".gz", ".gzip", ".gz.pgp", ".gz.gpg", ".gz.asc")
_PGP = re.compile(r"\.(?:pgp|gpg|asc)$", re.IGNORECASE)
_GZIP = re.compile(r"\.(?:gz|gzip)$", re.IGNORECASE)
_FIELD = re.compile(r"\{[a-z_]+\}")


def bare_name(name: str, unwrap: Collection[Wrapping]) -> str:
    """The name without the endings of the packing that the layout takes off."""
    bare = _PGP.sub("", name) if "pgp" in unwrap else name
    return _GZIP.sub("", bare) if "gzip" in unwrap else bare


def set_key(match: str, name: str) -> str:
    """What stands for the first ``*`` of the glob in that name: files of one set have it in common."""
    before, star, after = match.partition("*")
    base = name.rpartition("/")[2]
    return base[len(before) : len(base) - len(after)] if star else ""


def named_after(pattern: str, name: str, key: str = "") -> str:
    """The name of a file that belongs to another: ``{name}`` is the whole name, ``{stem}`` lacks its ending, ``{key}``
    is what binds a set."""
    stem = name.rpartition(".")[0] or name
    return pattern.replace("{stem}", stem).replace("{key}", key).replace("{name}", name)


def glob_of(pattern: str) -> str:
    """The glob that names made from the pattern fit, whatever stands for its fields."""
    return _FIELD.sub("*", pattern)
