"""What staff and reviewers can ask on a review link."""
