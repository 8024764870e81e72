"""Reads a `metadata.json` that another tool may have written."""

from apps.takes.transfer.reading.documents import Document, Record, read_document, voice_of

__all__ = ["Document", "Record", "read_document", "voice_of"]
