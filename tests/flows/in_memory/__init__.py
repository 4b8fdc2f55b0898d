"""The ports of the flows in memory, honest where it matters: what was committed stays."""
