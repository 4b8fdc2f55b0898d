"""Data classes of Acumatica over OData v4: what the contract-based API does not tell, read only (``acumatica_api.md
9``). Where an instance does not serve it, that is a Gap with its reason, never a failure of the pass."""
