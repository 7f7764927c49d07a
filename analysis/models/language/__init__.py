"""lme4's formulas as columns, and the sums of those columns that a fit needs."""
