"""Lets partners listen, decide and comment on drafts by review links."""
