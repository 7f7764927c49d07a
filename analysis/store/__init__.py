"""Datasets and what can be asked of them: the only home of DuckDB."""
