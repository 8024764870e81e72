"""Which voice plays which character."""
