"""The one pattern for long work: claims, leases, slices, queues, a sweeper; README.md explains it.

Owns no tables: apps above make rows of WorkItem, and register their kinds in a `work.py`.
Called by every app above that has long work; calls only functions that those apps registered.
"""
