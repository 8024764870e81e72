"""Keeps people, roles and API tokens, and authenticates callers of the API.

Owns User and ApiToken; grants on a Series belong to `catalog`.
Every app above calls it; no app beside it does.
"""
