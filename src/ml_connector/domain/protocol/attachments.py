"""The attachments of a booked invoice: what is still to be put on its bill, under which name, and what is told of it
meanwhile. Pure.

The note (Z17) is the memory of it: saved in the same moment in which the bill is verified, taken away when the file is
there. So a process that dies in between forgets none, and a bill is never asked about again for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ml_connector.domain.findings import finding_of
from ml_connector.domain.values.invoice import ApprovedInvoice, Attachment
from ml_connector.domain.values.posting import PostingState
from ml_connector.domain.values.records import InvoiceRecord
from ml_connector.problems import Finding

NOT_ATTACHED = "Z17"
_FIELD = "attachments"
# A verified bill on its regular way; in other states a person decides what happens to the bill.
_ATTACHED_IN = frozenset({PostingState.VERIFIED, PostingState.OFF_HOLD, PostingState.RELEASED, PostingState.DONE})
# What ASP.NET and IIS refuse in the path of an address, encoded too, and what no file name may hold.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>*%&:\\?/|"+]')
# The server keeps it with form and key before it in 255 characters.
_NAME_LENGTH_MAX = 150
_ENDING_LENGTH_MAX = 20


@dataclass(frozen=True, slots=True)
class Attachable:
    """One attachment whose bytes are there; ``file_name`` is what it is called on the bill."""

    attachment: Attachment
    file_name: str
    sha256: str


def note_attachments(invoice: ApprovedInvoice) -> tuple[Finding, ...]:
    """One note for each attachment of the invoice: none of them is on the bill yet."""
    return tuple(_note(name) for name in dict.fromkeys(each.name for each in invoice.attachments))


def plan_attaching(record: InvoiceRecord) -> tuple[Attachable, ...]:
    """The attachments that are noted as missing on the verified bill and have come by now."""
    if record.posting.verified_ref is None or record.posting.state not in _ATTACHED_IN:
        return ()
    missing = {finding.expected for finding in record.findings if finding.code == NOT_ATTACHED}
    return tuple(
        Attachable(attachment, name, attachment.sha256)
        for attachment, name in _named(record.invoice.attachments)
        if attachment.name in missing and attachment.sha256 is not None
    )


def is_on_bill(file_name: str, names: Collection[str]) -> bool:
    """Is a file of that name among those of the bill?"""
    return file_name.casefold() in {name.casefold() for name in names}


def update_notes(
    findings: Iterable[Finding], attached: Collection[str], failed: Mapping[str, str]
) -> tuple[Finding, ...]:
    """The findings without the notes of what is attached by now, and with the reason where it failed; both by the
    names in the document."""
    kept = []
    for finding in findings:
        name = finding.expected or ""
        if finding.code == NOT_ATTACHED and name in failed:
            kept.append(_note(name, failed[name]))
        elif finding.code != NOT_ATTACHED or name not in attached:
            kept.append(finding)
    return tuple(kept)


def _note(name: str, reason: str | None = None) -> Finding:
    told = f"{name} is not attached to the bill yet" + (f": {reason}" if reason else ".")
    return finding_of(NOT_ATTACHED, _FIELD, expected=name, message=told)


def _named(attachments: Iterable[Attachment]) -> Iterable[tuple[Attachment, str]]:
    """Each attachment with a name that is safe and no other one has, always the same for the same document."""
    taken: set[str] = set()
    for attachment in attachments:
        stem, ending = _safe(attachment.name)
        shown, number = stem + ending, 1
        while shown.casefold() in taken:
            number += 1
            shown = f"{stem} ({number}){ending}"
        taken.add(shown.casefold())
        yield attachment, shown


def _safe(name: str) -> tuple[str, str]:
    """The last part of a path, as a file may be called on the server, and its ending."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    cleaned = _UNSAFE.sub("_", last).strip(" .") or "attachment"
    stem, dot, ending = cleaned.rpartition(".")
    if not dot or len(ending) > _ENDING_LENGTH_MAX:
        return cleaned[:_NAME_LENGTH_MAX].rstrip(" ."), ""
    return stem[: _NAME_LENGTH_MAX - len(ending) - 1].rstrip(" ."), dot + ending
