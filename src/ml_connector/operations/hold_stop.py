"""What a check that saw a bill stay on hold changes: an invoice whose bill did not (``fault_catalogue.md 91``) holds up
no others any more. It still waits for a person; no bill is touched here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from ml_connector.audit.entry import AuditNote
from ml_connector.domain.values.posting import HOLD_IGNORED, RELEASED_AT_ONCE, Posting, PostingState
from ml_connector.domain.values.records import InvoiceRecord


class Postings(Protocol):
    """Where the invoices of one connection are kept."""

    def load_in(self, states: Iterable[PostingState] | None = None) -> tuple[InvoiceRecord, ...]: ...
    def save_posting(self, before: Posting, after: Posting, note: AuditNote) -> Posting: ...


def note_hold_kept(postings: Postings) -> None:
    """Every invoice that stopped the others because its bill did not stay on hold stops itself alone from now on."""
    for record in postings.load_in((PostingState.PERSON,)):
        if record.posting.reason == HOLD_IGNORED:
            told = "a check showed that bills stay on hold now; this invoice holds up no others any more"
            note = AuditNote("posting.person", record.posting.id, told)
            postings.save_posting(record.posting, replace(record.posting, reason=RELEASED_AT_ONCE), note)
