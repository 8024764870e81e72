"""Writes trees as another tool does, and runs the commands that read and write trees."""

import json
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

from tests.audio.generated import as_mp3, chatter

VOICE = "Abel-EXAVITQu4vr4xnSDxMaL"
SETTINGS = {
    "stability": 0.5,
    "similarity_boost": 0.75,
    "style": 0.45,
    "use_speaker_boost": True,
    "speed": 1.0,
}


@lru_cache(maxsize=64)
def mp3(seed: int = 1) -> bytes:
    """Half a second of speech-like audio."""
    return as_mp3(chatter(0.5, seed=seed), kbps=64)


def take(line: str = "Intro_1", number: int = 1, rank: Any = None, **other: Any) -> dict[str, Any]:
    """A take record; an argument of `...` is left out of the record."""
    record = {
        "file": f"{line}_take_{number}.mp3",
        "line": line,
        "script_text": f"The words of {line}, “quoted”.",
        "take_number": number,
        "generation_settings": SETTINGS,
        "rank": rank,
        "ranked_at": "2025-04-18T09:00:00Z" if rank else None,
        **other,
    }
    return {name: value for name, value in record.items() if value is not ...}


class ForeignBatch:
    """A batch's folder in `root`, written at once; tests damage it afterwards."""

    def __init__(
        self,
        root: Path,
        *takes: dict[str, Any],
        batch_id: str = "20250417-000837-EXAV",
        skin: str = "Lantern",
        voice: str = VOICE,
        locked: bool = False,
        **document: Any,
    ) -> None:
        self.folder = root / skin / voice / batch_id
        (self.folder / "takes").mkdir(parents=True)
        self.document = {
            "batch_id": batch_id,
            "skin_name": skin,
            "voice_name": voice,
            "generated_at_utc": "2025-04-17T00:12:00Z",
            "generation_params": {"skin_name": skin, "variants_per_line": 3},
            "ranked_at_utc": None,
            "takes": list(takes),
            **document,
        }
        for seed, one in enumerate(takes, start=1):
            self.file(one["file"]).write_bytes(mp3(seed))
            if one.get("rank") in range(1, 6):
                self.link(one["rank"], one["file"])
        if locked:
            (self.folder / "LOCKED").touch()
        self.save()

    def file(self, name: str) -> Path:
        return self.folder / "takes" / name

    def save(self, **document: Any) -> "ForeignBatch":
        self.document |= document
        self.write(json.dumps(self.document, ensure_ascii=False, indent=2).encode())
        return self

    def write(self, metadata: bytes) -> None:
        (self.folder / "metadata.json").write_bytes(metadata)

    def link(self, rank: int, name: str) -> None:
        folder = self.folder / "ranked" / f"{rank:02}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(f"../../takes/{name}")


def run(*arguments: object) -> tuple[dict[str, Any], str]:
    """The JSON that a command prints, and its error message or ""."""
    out, error = StringIO(), ""
    try:
        call_command(*map(str, arguments), "--json", stdout=out, stderr=StringIO())
    except CommandError as refusal:
        error = str(refusal)
    return json.loads(out.getvalue() or "{}"), error


def contents(folder: Path) -> dict[str, bytes]:
    """Every file's bytes by its path; a link counts as its target."""
    return {
        str(path.relative_to(folder)): str(path.readlink()).encode()
        if path.is_symlink()
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def run_text(*arguments: object) -> str:
    """The text that a command prints."""
    out = StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()
