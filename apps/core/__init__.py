"""The base model, errors for people, Series permissions, the admin base and the registry of offers.

Owns no tables, and may not grow: code that only some apps need belongs to the lowest of these.
Called by every app above; calls none.
"""
