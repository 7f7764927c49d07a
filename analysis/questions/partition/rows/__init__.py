"""Which rows answer: their time order, their levels, and the moments of the full model."""
