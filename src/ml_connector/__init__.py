"""ml-connector: carries master data, approved invoices and payments between Acumatica and Stampli.

The package itself holds only rooms (ARCHITECTURE.md); import from them, not from here.
"""
