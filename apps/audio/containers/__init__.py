"""Parsers of the two file formats that are read byte by byte: MPEG audio and WAV."""
