"""The sweep: what happened to our bills in Acumatica since somebody last looked."""
