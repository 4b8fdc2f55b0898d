"""Bills: how one is sent and read, the calls that make and finish it, and lists of them."""
