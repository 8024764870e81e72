"""Pages of voices, and of the keys that people keep for their providers."""
