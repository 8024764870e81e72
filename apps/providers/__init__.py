"""Text-to-speech vendors: one module each behind one protocol, and the registry of aliases.

Owns no tables; an adapter knows HTTP and its vendor's terms, no model and no queue.
Called by `voices` and `takes`, and by `review` for names of settings alone.
"""
