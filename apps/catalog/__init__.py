"""Keeps Series, languages, scripts, lines, characters, and grants on a Series.

Owns the tables of these; other apps change them through its services only.
Called by `voices`, `takes` and `review`; imports none of them.
"""
