"""Batches from other tools taken in, mended, compared, and handed out as files."""
