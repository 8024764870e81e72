"""Keeps live clips and drafts, links for partners, verdicts, approvals, and the files in deploy/.

Owns the tables of these; no other app writes them.
No other app calls it: only the project's addresses and commands do.
"""
