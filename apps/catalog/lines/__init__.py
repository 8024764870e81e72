"""Edits lines one at a time, validates texts and keys, compares texts."""
