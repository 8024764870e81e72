"""Services of review links, for staff and for reviewers."""
