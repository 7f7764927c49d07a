"""Linear mixed models whose residuals follow each other in time, or spread unlike by group."""
