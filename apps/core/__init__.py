"""What every app stands on: the base model, errors for people, Series permissions, the admin base.

Owns no tables, and may not grow: what only some apps need belongs to the lowest of these.
Called by every app above; calls none.
"""
