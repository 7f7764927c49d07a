"""Which outcomes may be told: decided once for all linked tables, and noted for the ledger."""
