"""Reads script files, plans imports, and imports confirmed plans."""
