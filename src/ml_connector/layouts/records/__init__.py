"""From rows to the parts of documents: row filters, flat rows, record types that are joined, control figures."""
