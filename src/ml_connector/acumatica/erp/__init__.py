"""One tenant of Acumatica, opened from its settings."""

from __future__ import annotations

from ml_connector.acumatica.erp.opening import open_acumatica
from ml_connector.acumatica.erp.tenant import AcumaticaErp

__all__ = ["AcumaticaErp", "open_acumatica"]
