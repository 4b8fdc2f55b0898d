"""The names of a bill's files and the address a new one is put to (``acumatica_api.md 4.1``, 5.5). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from ml_connector.acumatica.filters import encode_key
from ml_connector.acumatica.values import Row
from ml_connector.domain.values.bill import BillKey

# The link's template (acumatica_api.md 4.1).
PLACE = "{filename}"


def file_names(row: Row) -> Iterator[str]:
    """Without the form and the key before them: ``Bills and Adjustments (Bill, 000123)\\name.pdf``."""
    listed = row.get("files")
    for each in listed if isinstance(listed, list) else ():
        name = each.get("filename") if isinstance(each, dict) else None
        if isinstance(name, str):
            yield name.rpartition("\\")[2]


def path_of_link(link: str | None, origin: str, name: str) -> str | None:
    """The path from the host's root, where the link is of our own host."""
    if link is None:
        return None
    parts = urlsplit(link)
    own = not parts.netloc or f"{parts.scheme}://{parts.netloc}".lower() == origin
    path = parts.path.replace(quote(PLACE), PLACE)
    if not (own and path.startswith("/") and path.isascii() and path.isprintable()):
        return None
    return path.replace(PLACE, quote(name, safe=""))


def path_of_keys(key: BillKey, name: str) -> str | None:
    """The older address, below the endpoint."""
    parts = [encode_key(key.type), encode_key(key.number), encode_key(name)]
    if None in parts:
        return None
    kind, number, shown = parts
    return f"Bill/{kind}/{number}/files/{shown}"
