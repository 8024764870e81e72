"""Who: people, roles and API tokens, and how the API recognises them.

Owns User and ApiToken; what is granted on a Series belongs to `catalog`.
Called by every app above, and by none of its floor.
"""
