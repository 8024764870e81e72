"""The voices that providers offer: synced, searched, heard."""
