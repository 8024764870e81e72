"""Keeps voices of providers, their samples, consent, casting, and people's own keys.

Owns the tables of these; other apps change them through its services only.
Called by `takes` and `review`; imports neither.
"""
