"""Sound as values: decoded, measured, cut, encoded, tagged; bytes and arrays in, values out.

Owns no tables; knows no Django, no storage and no provider.
Called by every app above.
"""
