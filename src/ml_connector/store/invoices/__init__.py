"""Invoices and their postings as rows: taken in, moved, found again, and the story of each."""

from __future__ import annotations

from ml_connector.store.invoices.repository import InvoiceRepository

__all__ = ["InvoiceRepository"]
