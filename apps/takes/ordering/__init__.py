"""Ordering takes: what is asked for, what it costs, the order itself, its end."""
