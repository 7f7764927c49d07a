"""The maximum of the likelihood: sought, polished, judged."""
