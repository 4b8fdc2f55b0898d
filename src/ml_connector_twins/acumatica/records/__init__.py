"""What the twin knows: rows, tables, and the books of one tenant. Knows nothing of HTTP."""
