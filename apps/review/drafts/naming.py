"""Where drafts and what is approved lie: `audio/<lang>/<key>_v003.mp3`, `deploy/<lang>/<key>.mp3`.

The version is `_v` and three digits or more, and nothing else: `vocab-item-119` has none, and
`general-intro1` is not `general-intro10`.
"""

import re

from apps.catalog.models import Line
from apps.catalog.series.prefixes import prefix_of

PLACE = "drafts"
VERSIONED = re.compile(r"(?P<key>.+)_v(?P<version>\d{3,})")


def draft_key(line: Line, version: int) -> str:
    """In the place `drafts`; the line comes with its series and language."""
    name = f"{line.key}_v{version:03}.mp3"
    return f"{prefix_of(line.series, PLACE)}audio/{line.language.tag}/{name}"


def deploy_key(line: Line) -> str:
    return f"{prefix_of(line.series, PLACE)}deploy/{line.language.tag}/{line.key}.mp3"


def split_version(name: str) -> tuple[str, int | None]:
    """`intro_v003` -> ("intro", 3); a name without a version suffix is all key."""
    matched = VERSIONED.fullmatch(name)
    return (matched["key"], int(matched["version"])) if matched else (name, None)
