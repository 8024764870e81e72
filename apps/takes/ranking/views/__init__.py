"""The pages and documents of the ranking board."""
