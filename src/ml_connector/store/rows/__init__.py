"""How values become rows: column types, tables, JSON texts, ids. No transaction is begun in here."""
