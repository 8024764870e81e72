"""Keeps live clips and drafts, links for partners, verdicts, approvals, and the files in deploy/.

Owns the tables of these; no other app writes them.
Called by no other app, only by the project's addresses and commands.
"""
