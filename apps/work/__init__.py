"""The one pattern for long work, for every app above; it has no tables of its own.

A row that says what is to be done is claimed by one conditional UPDATE, with a lease that its
worker renews. A job is handed keys only and may run twice; the sweeper gives the rows of dead
workers to living ones, and queues what no job works for. To add a kind of long work:

1.  The rows. A model inherits `WorkItem`; `Status` holds `pending`, `failed` and the kind's own
    words for "being worked on" (WORKING says which) and "done":

        class Mix(WorkItem):
            class Status(models.TextChoices):
                PENDING = "pending", "Pending"
                MIXING = "mixing", "Mixing"
                COMPLETE = "complete", "Complete"
                FAILED = "failed", "Failed"

            WORKING = Status.MIXING

            status = models.CharField(max_length=10, choices=Status.choices, default="pending")
            objects = WorkItemQuerySet["Mix"].as_manager()

            class Meta:
                constraints = [lease_constraint("mixing", name="mix_mixing_has_lease")]
                indexes = [lease_index("mixing", name="mix_leases")]

2.  The job, in the capability's `jobs.py`. It is handed the key of a group (here a batch) and
    keys of rows in it; `Job.enqueue` cuts (group, row) pairs into slices, on commit:

        def mix(batch_pk: int, mix_pks: list[int]) -> None:
            with job_in_log():
                MIX.enqueue_now((batch_pk, pk) for pk in mix_slice(mix_pks, stop_sign()))

        MIX = Job("mix", mix)

3.  The work, in a module of its own. `Slice` claims, renews leases, and hands back on a stop; the
    function that it calls for each claimed row ends the row by `lease.end`, which tells whether
    the row was still this job's, and writes files only where none is:

        def mix_slice(mix_pks: list[int], asked_to_stop: Stop) -> list[int]:
            mixes = list(Mix.objects.pending().filter(pk__in=mix_pks))
            if mixes:
                slice_ = Slice(mixes, threads=4, asked_to_stop=asked_to_stop)
                slice_.run(lambda mix: make_mix(mix, slice_.lease, slice_.is_stopping))
            return pending_keys(Mix, mix_pks)

    A function that waits is given `slice_.is_stopping` or `slice_.pause`, and raises Stopped.
    `through_database_loss` and `through_full_storage` wait out what heals by itself, a limiter
    keeps to what an account elsewhere takes at a time, `check_attempts` ends a row that kills
    its workers.

4.  The service that orders calls `MIX.check_queue()`, writes the rows, and `MIX.enqueue(pairs)`.

5.  The app's `work.py`, which is imported at start, tells the sweeper:

        register_kind(Kind(Mix, MIX, group="batch_id"))
        register_due("mixes finished", finish_due)

    `register_due` is for whatever can be read from the rows and is to be noticed: a function
    without arguments that does it and says how many. Work that has no rows, because a query says
    what is due, needs only that and a `Job`: `job.enqueue(pairs)` for what is due and not in
    `job.queued_groups()`.
"""
