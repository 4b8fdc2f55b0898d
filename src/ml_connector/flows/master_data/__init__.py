"""Master data: read whole from Acumatica, sent to Stampli feed by feed."""
