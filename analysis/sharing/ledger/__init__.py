"""What was shared before: sketches of whom each figure was about, and the rules of comparing."""
