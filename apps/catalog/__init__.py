"""Keeps Series, languages, scripts, lines, characters, and grants on a Series.

Owns the tables of these; other apps change them through its services only.
`voices`, `takes` and `review` call it; it imports none of them.
"""
