"""What a model means: expected outcomes, differences and slopes at stated values."""
