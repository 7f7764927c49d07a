"""Mini pictures of the glossary's words."""
