"""The Acumatica edge: one tenant over the contract-based REST API, behind ``open_acumatica``.

It signs in, reads and writes, and judges each answer by its documented meaning. It decides nothing about invoices,
keeps nothing between runs but through the small ports it declares, and never repeats a write.
"""

from __future__ import annotations
