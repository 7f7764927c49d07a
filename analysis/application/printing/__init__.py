"""What a command prints: a result as text, or as one JSON object."""
