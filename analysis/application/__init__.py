"""The way in: what each command does and prints, and how the program starts."""
