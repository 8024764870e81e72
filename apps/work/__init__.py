"""The one pattern for long work: claims, leases, slices, queues and a sweeper; README.md says how.

Owns no tables: apps above make rows of WorkItem, and register their kinds in a `work.py`.
Called by every app above that has long work; it calls nobody but what they registered.
"""
