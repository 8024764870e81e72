"""Knowing a batch again that was taken in before."""

import hashlib

from apps.takes.models import Batch, Take
from apps.takes.transfer.importing.candidates import Candidate, Refused
from apps.takes.transfer.reading import Record
from apps.takes.transfer.surveying import LARGEST_TAKE, BadFile, read_file

SHOWN = 5


def is_here(candidate: Candidate) -> bool:
    """Whether the batch is in the database, with every take of the tree, byte for byte.

    False also for one with faults: it is checked, and refused with all of them.
    Ranks are not compared: since then they may have been changed here, where they are kept.
    Raises Refused when another batch has its id.
    """
    survey = candidate.survey
    batch = Batch.with_previews.filter(batch_id=survey.document.batch_id).first()
    if batch is None or survey.faults:
        return False
    if batch.path != candidate.path:
        raise Refused([f"There is a batch of this id already: {batch.path}. Batch ids are unique."])
    known = {take.file_name: take for take in batch.takes.complete().select_related("line")}
    others = [
        one.file
        for one in survey.document.records
        if not _is_same(one, known.get(one.file), candidate)
    ]
    if others:
        named = ", ".join(others[:SHOWN])
        raise Refused(
            [f"This batch is here already, but with other takes: {len(others)} differ ({named})."]
        )
    return True


def _is_same(one: Record, take: Take | None, candidate: Candidate) -> bool:
    if take is None or (take.line.key, take.take_number) != (one.line, one.number):
        return False
    try:
        data = read_file(candidate.survey.folder / "takes" / one.file, LARGEST_TAKE)
    except BadFile:
        return False
    return hashlib.sha256(data).hexdigest() == take.sha256
