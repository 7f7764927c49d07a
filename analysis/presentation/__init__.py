"""How a result is said and drawn, for page and paper alike; computes nothing."""
