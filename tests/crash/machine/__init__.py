"""The breaking machine: the product's real flows over its real store, in simulated time, broken at every edge of every
step by every kind of fault, and judged by an auditor that believes the world's own ledger only."""
