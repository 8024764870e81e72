"""Keeps people, roles and API tokens, and authenticates callers of the API.

Owns User and ApiToken; grants on a Series belong to `catalog`.
Called by every app above it.
"""
