"""The kinds of places: folders on a disk, S3, Google's storage, and clients of the latter two."""
