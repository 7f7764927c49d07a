"""Each cell judged, each row given its owner, every cell accounted for."""
