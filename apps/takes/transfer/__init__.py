"""Imports batches of other tools; rebuilds, compares and exports directories of batches."""
