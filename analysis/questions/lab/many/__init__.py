"""Many models at once: every defensible specification, and studies that are only planned."""
