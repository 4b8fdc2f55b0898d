"""Accounts payable, pure: values and rules. No file, no socket, no clock and no driver is known in here."""
