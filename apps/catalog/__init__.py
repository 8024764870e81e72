"""What must be said: Series, languages, scripts, lines, characters, and grants on a Series.

Owns these tables; others change them through its services only.
Called by `voices`, `takes` and `review`; it knows none of them.
"""
