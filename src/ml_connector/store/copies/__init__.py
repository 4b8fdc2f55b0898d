"""Copies of our records: a draft in memory that is never kept, and backups. Decides nothing about invoices."""
