"""The posting protocol with rules taken out of the running code, to show which of them carry the promise."""
