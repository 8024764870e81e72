"""Records consent for voices."""
