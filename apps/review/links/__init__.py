"""Review links: a partner's way in, what they hear, decide and write there."""
