"""Drafts: takes saved as numbered versions, put aside, deleted."""
