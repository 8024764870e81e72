"""Saves takes as numbered drafts, hides, restores and deletes drafts."""
