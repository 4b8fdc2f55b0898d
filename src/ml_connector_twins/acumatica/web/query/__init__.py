"""Reads: options, filters and their traps, order, and what an answer shows (``acumatica_api.md`` 4)."""
