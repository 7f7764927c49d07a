"""Mixed models, exact, from sums alone; no store, no screen."""
