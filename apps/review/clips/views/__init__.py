"""Pages of the clip table."""
