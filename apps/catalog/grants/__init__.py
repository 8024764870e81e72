"""Who may do what on a Series."""
