"""Replay: a file or an invoice again, from the archived bytes, by the same protocol. What is booked is only read."""
