"""Who runs what: the processes that share the database, and how far each schedule was kept."""
