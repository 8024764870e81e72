"""Ordering takes: requests, estimate, order, cancel and retry."""
