"""The record of acts: actor, verb, target and time.

Owns Event; its rows are only added.
Called by every service above, once, in the service's own transaction: `record`.
"""
