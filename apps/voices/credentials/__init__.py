"""Keys for providers that people keep for themselves."""
