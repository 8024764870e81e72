"""The apps, one floor above the other; docs/architecture.md is the map."""
