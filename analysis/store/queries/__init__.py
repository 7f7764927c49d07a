"""Questions to a dataset in SQL; each says its grain."""
