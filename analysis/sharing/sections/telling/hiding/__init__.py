"""What is hidden so that no small set is told: of each cell, and of all tables together."""
