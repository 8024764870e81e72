"""Adopts live clips, patches lines in the clip table, and compares versions."""
