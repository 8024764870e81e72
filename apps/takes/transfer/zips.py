"""A batch as one ZIP, streamed: its size is known before the first byte is read."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass

from zipstream import ZipStream

from apps.storage.errors import StorageError
from apps.storage.places import Place, get_place
from apps.takes.models import Batch
from apps.takes.models.ranking import RANKS
from apps.takes.tree import documents

MISSING = "MISSING.txt"


@dataclass(frozen=True, slots=True)
class Archive:
    """`name` of the file, `size` in bytes, and its bytes, which can be read once.

    Close `chunks` to stop in the middle: that closes the file which is being read.
    """

    name: str
    size: int
    chunks: Generator[bytes, None, None]


def zip_of(batch: Batch) -> Archive:
    """The batch's complete takes, `metadata.json`, and the ranked takes again in `ranked/`.

    Those are copies: a ZIP's links do not survive every system. Nothing is compressed, as MP3
    cannot be. One block of one file is in memory at a time. Files that the storage has lost are
    left out and named in `MISSING.txt`. Raises StorageError; also while it is read, so that
    the reader gets fewer bytes than announced, and no ZIP that only looks whole.
    """
    place = get_place("takes")
    shown = batch.takes.complete().order_by(*documents.IN_ORDER)
    ranks = dict(shown.values_list("file_name", "rank"))
    sizes = _sizes(place, f"{batch.path}/takes", ranks)
    archive = ZipStream(sized=True)
    archive.add(documents.encode(batch), f"{batch.batch_id}/metadata.json")
    if lost := [name for name in ranks if name not in sizes]:
        archive.add(_missing(lost), f"{batch.batch_id}/{MISSING}")
    for folder, name in _entries(ranks):
        if name in sizes:
            blocks = _blocks(place, f"{batch.path}/takes/{name}", sizes[name])
            archive.add(blocks, f"{batch.batch_id}/{folder}/{name}", size=sizes[name])
    return Archive(f"{batch.batch_id}.zip", len(archive), iter(archive))


def _sizes(place: Place, folder: str, names: Iterable[str]) -> dict[str, int]:
    """Bytes of each of these files that is there: one listing, as a bucket answers slowly."""
    listed = {entry.key: entry.size for entry in place.list(f"{folder}/")}
    sizes = {}
    for name in names:
        key = f"{folder}/{name}"
        if key in listed:
            sizes[name] = listed[key]
        elif found := place.stat(key):  # a link, which listings leave out
            sizes[name] = found.size
    return sizes


def _entries(ranks: Mapping[str, int | None]) -> Iterator[tuple[str, str]]:
    """Where in the ZIP each file lies, as (folder, name)."""
    for name in ranks:
        yield "takes", name
    for rank in RANKS:
        yield from ((f"ranked/{rank:02}", name) for name, held in ranks.items() if held == rank)


def _blocks(place: Place, key: str, size: int) -> Iterator[bytes]:
    """The content, opened when its turn has come; never more than the size that was announced."""
    left = size
    with place.open(key) as stream:
        for block in stream:
            left -= len(block)
            if left < 0:
                break
            yield block
    if left:
        raise StorageError(
            f"{key} changed while it was read, so the ZIP was broken off.",
            temporary=True,
            needs="Download it again.",
        )


def _missing(names: Iterable[str]) -> str:
    listed = "\n".join(names)
    return f"These takes are left out: their files are no longer in storage.\n\n{listed}\n"
