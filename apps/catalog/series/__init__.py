"""Makes and changes Series, their characters and storage prefixes."""
