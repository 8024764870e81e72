"""The pages of review links, for partners and for staff."""
