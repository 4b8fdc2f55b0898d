"""The twin of Acumatica's contract-based REST API: a real HTTP server, strict and unkind as the documents say.

Written from ``acumatica_api.md``, ``ap_domain.md`` and ``scenarios.md``, never from the client. What no document
establishes is a named switch of ``switches``.
"""
