"""Our own records: one database, one archive of original bytes, one repository a table family.

Knows SQLAlchemy, SQLite and Alembic, which nobody else does. Decides nothing about invoices: it keeps what the flows
say, each change in one transaction with its audit entry, and refuses what would contradict what is already kept.
"""
