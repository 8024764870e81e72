"""Reading the `metadata.json` of a batch that another tool may have made."""

from apps.takes.transfer.reading.documents import Document, Record, read_document, voice_of

__all__ = ["Document", "Record", "read_document", "voice_of"]
