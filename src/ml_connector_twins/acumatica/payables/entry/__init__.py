"""Entering a bill: header, lines, coding, links to orders, taxes, totals. Each marks errors on the draft."""
