"""Delimited samples: dialect, rows, record types and sets, with or without headings."""
