"""Refused documents on their way back: the rows of a file as they came, with a reason beside them. Pure."""
