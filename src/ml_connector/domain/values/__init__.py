"""The records the domain speaks of, values only: master data, invoices, bills, payments and what we keep of them."""
