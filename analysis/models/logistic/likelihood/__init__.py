"""The likelihood of a logistic mixed model, with its gradient."""
