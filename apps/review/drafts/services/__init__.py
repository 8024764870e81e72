"""What a person can ask of drafts."""
