"""The ranking board: ranks, lock, undo, blind mode and pages."""
