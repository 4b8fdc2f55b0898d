"""The soak: real processes, a real sshd and a real PostgreSQL in real time, killed, restarted and lied to by a plan,
and judged by the auditor that believes Acumatica's own books only. Never part of the tests: ``make soak``."""
