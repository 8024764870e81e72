"""The pages that order a run and show its progress."""
