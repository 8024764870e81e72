"""Importing a script on the way to a run: one act for the person, two for the product."""
