"""Is this the site that was set up, and what may be done there: the proof of each session and the staged check."""
