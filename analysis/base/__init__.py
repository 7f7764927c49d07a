"""What every room may use and nothing of the product: errors, settings, processes, work."""
