"""The fault profiles of `rehearse --faults`: what goes wrong on the wire, and how often a pass may ask to be run again.

Data only; `driver` plants them. `calm` is a good day, `usual` loses one answer, `rough` is a bad day for both systems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml_connector_twins.rehearsal.plan.invoices import OVERHEAD
from ml_connector_twins.stampli.faults import Fault

# The overhead invoice of day 1: its create call is committed, its answer never arrives (scenarios.md S33).
_LOST_ANSWER: Mapping[str, Any] = {
    "kind": "drop_after_commit",
    "method": "PUT",
    "path": r"/Bill(\?|$)",
    "body_match": OVERHEAD.invoice_number,
}


@dataclass(frozen=True, slots=True)
class FaultProfile:
    """Faults by day number; ``passes_max``: how many passes a day may take while the product exits 3."""

    acumatica: Mapping[int, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    stampli: Mapping[int, Sequence[Fault]] = field(default_factory=dict)
    passes_max: int = 1

    @property
    def loses_an_answer(self) -> bool:
        """Whether a create call of day 1 is committed and its answer lost."""
        return _LOST_ANSWER in self.acumatica.get(1, ())


PROFILES: Mapping[str, FaultProfile] = {
    "calm": FaultProfile(),
    "usual": FaultProfile(acumatica={1: (_LOST_ANSWER,)}),
    "rough": FaultProfile(
        acumatica={
            1: (_LOST_ANSWER, {"kind": "status", "code": 503, "method": "GET", "path": r"/Account\?"}),
            2: ({"kind": "status", "code": 429, "method": "GET", "path": r"/Vendor\?"},),
            3: ({"kind": "drop_before", "method": "PUT", "path": r"/Bill(\?|$)"},),
        },
        stampli={
            1: (Fault("read", "drop", name="/outbound/approved_invoices*"),),
            2: (Fault("rename", "drop_after", name="/inbound/*"),),
        },
        passes_max=4,
    ),
}
USUAL = "usual"
