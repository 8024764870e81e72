"""The services of ordering: order, cancel, retry, order more, preview."""
