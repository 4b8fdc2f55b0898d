"""Writes: bodies, PUT and DELETE, actions and their long operations, files (``acumatica_api.md`` 5)."""
