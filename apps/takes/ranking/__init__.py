"""The ranking board: ranks, the lock, undo, blind mode, and its pages."""
