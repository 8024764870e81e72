"""Progress of runs and batches: states, counts, pace, reports."""
