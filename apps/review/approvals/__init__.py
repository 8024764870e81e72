"""Approvals: receipts, and the files in deploy/ that follow from them."""
