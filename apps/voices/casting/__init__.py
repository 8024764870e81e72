"""Casts voices for characters."""
