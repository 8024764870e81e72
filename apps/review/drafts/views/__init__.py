"""Pages of drafts and of a batch's winners."""
