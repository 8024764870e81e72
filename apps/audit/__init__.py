"""Who did what, and when.

Owns Event, of which rows are only ever added.
Called by every service above, once, in the service's own transaction: `record`.
"""
