"""The pages of the clip table."""
