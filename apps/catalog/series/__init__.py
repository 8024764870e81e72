"""Series, their characters and the prefixes of their files."""
