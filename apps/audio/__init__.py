"""Decodes, measures, cuts, encodes and tags audio: bytes and arrays in, values out.

Owns no tables; imports no Django, no storage and no provider.
Called by every app above.
"""
