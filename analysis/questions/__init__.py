"""The questions that Rapport answers: one folder each, from what is asked to the result."""
