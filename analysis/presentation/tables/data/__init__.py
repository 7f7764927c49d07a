"""Datasets, versions, findings of an import and the dictionary as tables."""
