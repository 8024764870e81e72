"""Who may speak: voices of providers, their samples, consent, casting, and people's own keys.

Owns these tables; others change them through its services only.
Called by `takes` and `review`; it knows neither.
"""
