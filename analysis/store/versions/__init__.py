"""Dataset versions: written once, sealed, listed, opened read-only."""
