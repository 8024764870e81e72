"""The two kinds of files that are read and written byte by byte: MPEG audio and WAV."""
