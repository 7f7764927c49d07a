"""From fits to shares: among the factors, with intervals, and if true means were known."""
