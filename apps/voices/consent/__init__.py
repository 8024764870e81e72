"""Who agreed to what with their voice."""
