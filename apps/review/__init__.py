"""Decides: live clips and drafts, links for partners, verdicts, approvals, the files in deploy/.

Owns these tables; nothing of them is written elsewhere.
Called by no other app, only by the project's addresses and commands.
"""
