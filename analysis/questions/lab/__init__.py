"""Model lab: any mixed model by its formula, and what can be asked of it."""
