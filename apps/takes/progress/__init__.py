"""How far runs and batches are: states, counts, pace, reports."""
