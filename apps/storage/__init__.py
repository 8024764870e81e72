"""Where audio lies: the only code that knows what kind of disk or bucket it talks to.

Owns no tables, but aliases, asset classes, keys, and how files are served with Range.
Called by every app above through `get_place`, which alone reaches the modules in `backends`.
"""
