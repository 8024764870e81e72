"""The pages and JSON documents of the ranking board."""
