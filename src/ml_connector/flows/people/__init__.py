"""What people decide about single invoices: each act a move of the posting with its decision on record."""
