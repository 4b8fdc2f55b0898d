"""Master data as Acumatica has it now: each collection whole, or an error, or a Gap with its reason."""

from __future__ import annotations
