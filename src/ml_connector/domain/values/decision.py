"""What a person decided about one invoice, as it is kept: who, when, why, and about which documents. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ml_connector.domain.values.bill import BillKey
from ml_connector.problems import Finding

Act = Literal["accept", "reject", "handled"]


@dataclass(frozen=True, slots=True)
class Decision:
    """One act of a person on one invoice.

    ``content_hash`` and ``payload_hash`` bind it to the document and to the bill as they stood (None: none could be
    planned); ``findings`` are what the person had before his eyes, ``bills`` the documents in Acumatica they name.
    ``restarts`` is the vendor whose numbers are from now on known to begin anew each year, None for none.
    """

    invoice_id: str
    act: Act
    actor: str
    reason: str
    at: datetime
    content_hash: str
    payload_hash: str | None = None
    findings: tuple[Finding, ...] = ()
    bills: tuple[BillKey, ...] = ()
    restarts: str | None = None
