"""The command line: one file a noun. It opens the house, prints, and ends with the promised exit code; it decides
nothing."""
