"""The clip table: live clips adopted, lines patched, versions compared."""
