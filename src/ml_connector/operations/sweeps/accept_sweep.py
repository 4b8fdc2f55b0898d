"""A person has looked at what the sweep reported: posting goes on, and what is known is told no more.

An invoice whose bill is missing still waits for a person; no bill is touched here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from ml_connector.audit.entry import AuditNote
from ml_connector.clock import Clock
from ml_connector.domain.values.bill import Bill, BillKey
from ml_connector.domain.values.sweeping import SweepState


class Sweeps(Protocol):
    """How far one connection was swept."""

    def load_sweep(self) -> SweepState: ...
    def save_sweep(
        self, state: SweepState, note: AuditNote | None, *, seen: Sequence[Bill] = (), gone: Sequence[BillKey] = ()
    ) -> None: ...


def accept_swept(sweeps: Sweeps, connection: str, clock: Clock, *, actor: str) -> None:
    """Let posting go on; on record under that person's name, with what had stopped it."""
    state = sweeps.load_sweep()
    told = f"what the sweep reported is known: {state.stopped}" if state.stopped else "what the sweep reported is known"
    note = AuditNote("sweep.accepted", connection, told, actor)
    sweeps.save_sweep(replace(state, stopped=None, accepted_at=clock.now()), note)
