"""Validates a tree of takes independently: it imports nothing of VoiceCMS.

The contract: `<root>/<series>/<VoiceName-VoiceID>/<batch>/` holds `takes/*.mp3`, `metadata.json`,
perhaps `ranked/0N/` with relative links into `takes/`, perhaps `LOCKED`, and nothing else.
"""

import json
import re
from datetime import datetime
from pathlib import Path

from mutagen.mp3 import MP3

BATCH_ID = re.compile(r"\d{8}-\d{6}-.{1,4}(-\d+)?")
DOCUMENT = {
    "batch_id": str,
    "skin_name": str,
    "voice_name": str,
    "generated_at_utc": str,
    "generation_params": dict,
    "ranked_at_utc": (str, type(None)),
    "takes": list,
}
TAKE = {
    "file": str,
    "line": str,
    "script_text": str,
    "take_number": int,
    "generation_settings": dict,
    "rank": (int, type(None)),
    "ranked_at": (str, type(None)),
}
SETTINGS = {"stability", "similarity_boost", "style", "use_speaker_boost", "speed"}


def problems(root: Path) -> list[str]:
    """All breaches of the contract, one line each; empty for a valid tree."""
    found = []
    for batch in batches(root):
        found += [f"{batch.relative_to(root)}: {problem}" for problem in _batch(batch)]
    return found


def batches(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("*/*/*") if path.is_dir())


def _batch(batch: Path) -> list[str]:
    found = []
    extra = {path.name for path in batch.iterdir()} - {"takes", "ranked", "metadata.json", "LOCKED"}
    found += [f"unexpected {name}" for name in sorted(extra)]
    if not BATCH_ID.fullmatch(batch.name):
        found.append("the batch id is not YYYYMMDD-HHMMSS-voic")
    document = json.loads((batch / "metadata.json").read_text(encoding="utf-8"))
    found += _shape(document, DOCUMENT, "metadata.json")
    if document["batch_id"] != batch.name:
        found.append("batch_id is not the folder's name")
    if document["voice_name"] != batch.parent.name:
        found.append("voice_name is not the folder's name")
    if document["skin_name"] != batch.parent.parent.name:
        found.append("skin_name is not the folder's name")
    datetime.fromisoformat(document["generated_at_utc"])
    return found + _takes(batch, document["takes"]) + _ranked(batch, document["takes"])


def _takes(batch: Path, takes: list[dict]) -> list[str]:
    found = []
    named = [take["file"] for take in takes]
    there = sorted(path.name for path in (batch / "takes").iterdir())
    if sorted(named) != there:
        found.append(f"metadata.json and takes/ differ: {set(named) ^ set(there)}")
    for take in takes:
        found += _shape(take, TAKE, take["file"])
        if set(take["generation_settings"]) != SETTINGS:
            found.append(f"{take['file']}: settings are {sorted(take['generation_settings'])}")
        if take["file"] != f"{take['line']}_take_{take['take_number']}.mp3":
            found.append(f"{take['file']}: the name is not <line>_take_<number>.mp3")
        path = batch / "takes" / take["file"]
        if path.is_symlink() or not path.is_file():
            found.append(f"{take['file']}: takes/ holds real files only")
        elif MP3(path).info.length < 0.1:
            found.append(f"{take['file']}: shorter than a tenth of a second")
    for line in {take["line"] for take in takes}:
        numbers = sorted(take["take_number"] for take in takes if take["line"] == line)
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"{line}: take numbers are {numbers}")
    return found


def _ranked(batch: Path, takes: list[dict]) -> list[str]:
    found = []
    ranks = {take["file"]: take["rank"] for take in takes if take["rank"]}
    links = {}
    for link in batch.glob("ranked/*/*"):
        links[link.name] = int(link.parent.name)
        if not link.is_symlink() or str(link.readlink()) != f"../../takes/{link.name}":
            found.append(f"{link.name}: not a relative link into takes/")
    if ranks != links:
        found.append(f"ranked/ and metadata.json differ: {ranks} {links}")
    return found


def _shape(document: dict, shape: dict, where: str) -> list[str]:
    found = [f"{where}: keys differ: {set(document) ^ set(shape)}"] * (set(document) != set(shape))
    for name, kind in shape.items():
        if name in document and not isinstance(document[name], kind):
            found.append(f"{where}: {name} is {document[name]!r}")
    return found
