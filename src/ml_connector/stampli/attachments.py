"""The attachments of approved invoices: which came inside their file, and which are still to come beside it. Pure.

A name that leads out of the file's folder is never asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment
from ml_connector.layouts.document import Document
from ml_connector.layouts.layout import FeedLayout
from ml_connector.layouts.wrapping.attached import describe_attachment

_FIELD = re.compile(r"\{([a-z_]+)\}")
_DRIVE = re.compile(r"[A-Za-z]:")


def with_awaited(feed: FeedLayout, document: Document, invoice: ApprovedInvoice, folder: str) -> ApprovedInvoice:
    """The invoice with the attachments that the layout says lie beside its file, where they did not come with it; the
    name of one that is still to come is its path from the feed's folder, ``folder`` being that of the file below it."""
    came = {each.name for each in invoice.attachments} | {*document.content}
    awaited = [name for pattern in feed.attachments if (name := _fill(pattern, document.values)) and name not in came]
    listed = [*invoice.attachments, *(Attachment(name) for name in awaited)]
    path = f"{folder}/" if folder else ""
    shown = (each if each.sha256 else replace(each, name=path + each.name) for each in listed)
    return replace(invoice, attachments=tuple(shown))


def contents_of(documents: tuple[Document, ...]) -> Mapping[str, bytes]:
    """The bytes of all attachments that came inside, by their hash."""
    described = (
        describe_attachment(name, raw) | {"raw": raw} for each in documents for name, raw in each.content.items()
    )
    return {str(each["sha256"]): raw for each in described if isinstance(raw := each["raw"], bytes)}


def attachment_of(name: str, content: bytes) -> Attachment:
    """What a document says of an attachment once its bytes are there; it keeps the name it was awaited under."""
    found = describe_attachment(name, content)
    return Attachment(name, str(found["media_type"]), len(content), str(found["sha256"]))


def safe_path(name: str) -> str | None:
    """The path below the file's folder that such a name means, None where it leads anywhere else."""
    path = name.replace("\\", "/")
    parts = path.split("/")
    odd = any(each in ("", ".", "..") or each.startswith(".") or not each.isprintable() for each in parts)
    return None if odd or _DRIVE.match(path) else path


def _fill(pattern: str, values: Mapping[str, object]) -> str | None:
    """The name that the pattern gives for a document; None where one of its fields is empty."""
    fields = _FIELD.findall(pattern)
    if any(not values.get(each) for each in fields):
        return None
    return _FIELD.sub(lambda found: str(values[found[1]]), pattern)
