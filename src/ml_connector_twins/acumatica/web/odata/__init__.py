"""OData beside the contract-based API: data classes and generic inquiries, read only (``acumatica_api.md`` 9)."""
