"""What became of treatments: rates, effect sizes, trends, beside published ones."""
