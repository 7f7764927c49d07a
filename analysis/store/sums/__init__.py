"""A design's cross products, summed where the rows lie."""
