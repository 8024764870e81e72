"""What a person can ask: order, cancel, retry, order more, preview."""
