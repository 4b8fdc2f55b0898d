"""Signing in and out, grants, sessions and licence seats (``acumatica_api.md`` 2)."""
