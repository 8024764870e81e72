"""Services of drafts: reject, hide, restore, purge, order winners."""
