"""Makes and measures: runs are ordered, takes rendered, ranked, shown as directories, exchanged.

Owns Run, Batch, Take, and what is measured or decided on a take.
Called by `review`, which saves takes as drafts; it knows nothing of drafts.
"""
