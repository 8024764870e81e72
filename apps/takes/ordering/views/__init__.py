"""The pages that order a run and follow it."""
