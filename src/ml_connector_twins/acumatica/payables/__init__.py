"""What the forms do: bills, checks, orders, taxes and the ledger. Knows nothing of HTTP."""
