"""Lines: edited one at a time, and the difference between two texts."""
