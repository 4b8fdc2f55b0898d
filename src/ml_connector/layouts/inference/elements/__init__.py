"""XML samples: which elements are documents, lines, shares, taxes and attachments, and what stands in them."""
