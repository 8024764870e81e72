"""Orders runs; renders, measures and ranks takes; writes, imports and exports their directories.

Owns Run, Batch, Take, Finding, Waveform and RankingAct.
Called by `review`, which saves takes as drafts; `takes` knows nothing of drafts.
"""
