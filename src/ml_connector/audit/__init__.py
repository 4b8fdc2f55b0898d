"""What happened, as values, and the chain that proves nothing was changed afterwards. No database is known in here."""
