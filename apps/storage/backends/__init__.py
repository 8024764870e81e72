"""How aliases are kept: folders on a disk, S3, Google's storage, and connections to these."""
