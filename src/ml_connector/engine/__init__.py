"""Durable runs: flows, steps, schedules and the closed set of outcomes. It knows nothing of invoices."""
