"""How the house tells what it does: log lines on standard error with ids and without secrets.

It decides form, never content, and knows no other edge. Metrics and traces come with the web room.
"""

from __future__ import annotations

from ml_connector.telemetry.logs import ids_bound, logging_to
from ml_connector.telemetry.masking import Masker

__all__ = ["Masker", "ids_bound", "logging_to"]
