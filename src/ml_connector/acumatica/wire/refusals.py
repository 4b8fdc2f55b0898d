"""Reads that Acumatica refused in words of its own, as errors that a caller may answer with another way of reading."""

from __future__ import annotations

from ml_connector.acumatica.wire.outcomes import ServerFault, tidy
from ml_connector.errors import ConfigurationError, TransientError


class ReadFault(TransientError):
    """A read that Acumatica refused with an exception of its own; some of them lead to another way of reading."""

    code = "acumatica.read_refused"

    def __init__(self, status: int, fault: ServerFault) -> None:
        super().__init__(
            f"Acumatica refused a read: {tidy(fault.message)[:300] or f'status {status}'}",
            fix="Run it again; if it stays, show this message to the Acumatica administrator.",
        )
        self.status = status
        self.fault = fault

    @property
    def is_absent(self) -> bool:
        """The record asked for by key or id is not there: 500 on most builds, 404 on some (4.5)."""
        return self.status == 404 or "NoEntitySatisfies" in self.fault.type

    @property
    def is_set_up_missing(self) -> bool:
        """The form's feature was never set up in this tenant (4.5)."""
        return "PXSetupNotEntered" in self.fault.type

    @property
    def is_lasting(self) -> bool:
        """The site can never answer this question as asked (4.3)."""
        return "CannotOptimize" in self.fault.type


class ForbiddenError(ConfigurationError):
    """The user may not see or do this, or the feature is off (4.5)."""

    code = "acumatica.forbidden"

    def __init__(self, what: str, told: str) -> None:
        super().__init__(
            f"The Acumatica user may not use {what}" + (f": {told}." if told else "."),
            fix="Give the user's role the rights to that form, or switch the feature on.",
        )
