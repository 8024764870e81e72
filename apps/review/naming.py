"""The names of clips: `audio/<lang>/<key>_v003.mp3` for a draft, `deploy/<lang>/<key>.mp3` once it
is approved, `audio/<lang>/<key>.mp3` where listeners hear it. Nothing else knows them.

What a line sounds like is named by the line and a variant. The plain voice has none; the clips of
another one lie in a folder of its name below that of the language: `deploy/de/ocean/intro.mp3`.

The version is `_v` and three digits or more, and nothing else: `vocab-item-119` has none, and
`general-intro1` is not `general-intro10`.
"""

import re

from apps.catalog.models import Line
from apps.catalog.series.prefixes import prefix_of
from apps.core.errors import Invalid
from apps.storage.keys import BadName, check_name

ALIAS = "drafts"
PLAIN = ""  # the variant that is the plain voice
LONGEST_VARIANT = 200
LIVE_FOLDERS = {"dev": "audio", "repo": "audio_files"}
VERSIONED = re.compile(r"(?P<key>.+)_v(?P<version>\d{3,})")


def check_variant(variant: str) -> str:
    """The variant as it is; raises Invalid for one that cannot be the name of a folder of clips."""
    if variant == PLAIN:
        return variant
    try:
        check_name(variant)
    except BadName as error:
        raise Invalid({"variant": str(error)}) from error
    if variant.lower().endswith(".mp3"):
        raise Invalid({"variant": f"{variant!r} is the name of a clip, not of a variant."})
    return variant


def sound_name(key: str, variant: str = PLAIN) -> str:
    """`intro`, or `ocean/intro`: a clip below the folder of its language, without its ending."""
    return f"{variant}/{key}" if variant else key


def version_name(key: str, version: int, variant: str = PLAIN) -> str:
    """`intro_v003`, or `ocean/intro_v003`."""
    return f"{sound_name(key, variant)}_v{version:03}"


def split_version(name: str) -> tuple[str, int | None]:
    """`intro_v003` -> ("intro", 3); a name without a version suffix is all key."""
    matched = VERSIONED.fullmatch(name)
    return (matched["key"], int(matched["version"])) if matched else (name, None)


def draft_key(line: Line, version: int, variant: str = PLAIN) -> str:
    """In the place `drafts`; the line comes with its series and language."""
    return _key(line, ALIAS, "audio", version_name(line.key, version, variant))


def deploy_key(line: Line, variant: str = PLAIN) -> str:
    """In the same place: where what is approved waits to be shipped."""
    return _key(line, ALIAS, "deploy", sound_name(line.key, variant))


def _key(line: Line, alias: str, folder: str, name: str) -> str:
    return f"{prefix_of(line.series, alias)}{folder}/{line.language.tag}/{name}.mp3"
