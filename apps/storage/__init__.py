"""Stores and serves audio: the only code that knows which kind of disk or bucket an alias is.

Owns no tables; defines aliases, asset classes, keys, and the serving of files with Range.
Called by every app above through `get_place`, which alone reaches the modules in `backends`.
"""
