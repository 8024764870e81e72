"""Where audio lies: the only code that knows what kind of disk or bucket it talks to."""
