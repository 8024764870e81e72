"""Rendering takes: jobs, slices, one take after the other, measured and stored."""
