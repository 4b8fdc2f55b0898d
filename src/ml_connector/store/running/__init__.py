"""Who runs what: the processes that share the database, how far each schedule was kept, and the pace of requests."""
