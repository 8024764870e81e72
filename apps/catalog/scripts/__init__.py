"""Scripts: read from files, planned, confirmed, imported."""
