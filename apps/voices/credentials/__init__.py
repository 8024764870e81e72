"""Keeps people's own keys for providers."""
