"""Grants Series permissions to people and groups, and revokes them."""
