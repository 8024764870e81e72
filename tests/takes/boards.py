"""Finished batches to rank, without the time that rendering takes."""

import hashlib
import json
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.takes import tree
from apps.takes.models import Batch, Take
from tests.factories import LanguageFactory, LineFactory, RunFactory


def make_batch(root: Path, lines: int = 2, takes: int = 5, **language: Any) -> Batch:
    """A batch whose takes are complete: their files hold a few bytes, not audio."""
    script = LineFactory.create_batch(lines, language=LanguageFactory(**language))
    run = RunFactory(lines=script, takes=takes, settings={"stability": 0.5})
    run.takes.update(status="complete", sha256="0" * 64, duration=2.0, loudness=-20.0)
    batch = run.batches.select_related("series").get()
    Batch.objects.filter(pk=batch.pk).update(generated_at=timezone.now())
    folder = root / batch.path / "takes"
    folder.mkdir(parents=True)
    for name in run.takes.values_list("file_name", flat=True):
        (folder / name).write_bytes(name.encode())
    tree.write(batch)
    batch.refresh_from_db()
    return batch


def ranks(batch: Batch) -> dict[str, int]:
    """File name -> rank, as the database has it."""
    ranked = batch.takes.filter(rank__isnull=False)
    return dict(ranked.values_list("file_name", "rank"))


def ranks_in_metadata(batch: Batch, root: Path) -> dict[str, int]:
    document = json.loads((root / batch.path / "metadata.json").read_text(encoding="utf-8"))
    return {take["file"]: take["rank"] for take in document["takes"] if take["rank"]}


def ranks_in_links(batch: Batch, root: Path) -> dict[str, int]:
    """Every link is relative and leads to the take of its name."""
    found: dict[str, int] = {}
    for link in (root / batch.path / "ranked").glob("*/*"):
        assert str(link.readlink()) == f"../../takes/{link.name}"
        assert link.name not in found, f"{link.name} is linked twice"
        found[link.name] = int(link.parent.name)
    return found


def assert_tree_shows(batch: Batch, root: Path) -> None:
    """`metadata.json`, `ranked/` and `LOCKED` say what the database says."""
    batch.refresh_from_db()
    expected = ranks(batch)
    assert ranks_in_metadata(batch, root) == expected
    assert ranks_in_links(batch, root) == expected
    assert (root / batch.path / "LOCKED").exists() == batch.is_locked
    document = json.loads((root / batch.path / "metadata.json").read_text(encoding="utf-8"))
    assert document == tree.metadata(batch)


def hashes(batch: Batch, root: Path) -> dict[str, str]:
    """SHA-256 of every file in `takes/`."""
    files = (root / batch.path / "takes").iterdir()
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def take_of(batch: Batch, line: int, number: int) -> Take:
    """By the index of its line in the batch, and its number, both from 1."""
    found = batch.takes.filter(take_number=number).order_by("line__position", "line")
    return found[line - 1]
