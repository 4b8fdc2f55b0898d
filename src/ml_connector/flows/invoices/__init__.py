"""Invoices in: taken in, validated, posted to one bill each, and proven. One flow or station a file."""
