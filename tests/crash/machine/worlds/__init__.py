"""The outside world of a schedule, at the ports of the flows and behind the real Acumatica edge."""
