"""Syncs, searches and edits voices, links them to Series, and makes samples."""
