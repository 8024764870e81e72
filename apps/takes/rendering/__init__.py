"""Rendering takes: jobs, slices, requests to providers, measuring, storing, finishing."""
