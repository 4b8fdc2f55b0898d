"""Orders: purchase orders and subcontracts with their lines."""
