"""Payments back: Stampli's taken in, Acumatica's read, both matched and reconciled."""
