"""Pages of review links, for partners and for staff."""
