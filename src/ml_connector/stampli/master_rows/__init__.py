"""The rows of master data, a list a file: what may be picked, and why what is still there may not."""
