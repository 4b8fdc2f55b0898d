"""The durable variant of the engine of passes, on DBOS: the one place that knows it. Imported by ``worker`` and
``serve`` alone, and only when they start."""
