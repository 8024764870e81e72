"""The tags of a draft: what it says, who speaks, and where it comes from."""

from django.utils import timezone

from apps.audio.errors import AudioError
from apps.audio.tagging import Tags, frames_sha256, read_tags
from apps.providers.base import SETTING_NAMES
from apps.takes.models import Take


def tags_of(take: Take, version: int, variant: str) -> Tags:
    """As players and later tools read them; names follow clips that are live already."""
    voice, line = take.batch.voice, take.line
    extra = {
        "service": voice.provider,
        "voice": voice.name,
        "voice_id": voice.provider_voice_id,
        "model_id": take.model,
        "lang_code": line.language.tag,
        "text": take.text,
        "created": timezone.now().isoformat(timespec="seconds"),
        "source": "patch",
        "version": f"v{version:03}",
        "variant": variant,
        "take_id": str(take.pk),
        "sha256": take.frames_sha256,
        # What whoever adopts the clip later starts from.
        **{name: str(value) for name, value in take.settings.items() if name in SETTING_NAMES},
    }
    return Tags(
        title=line.key,
        artist=take.series.title,
        album=line.language.tag,
        genre="Speech Synthesis",
        comment=f"Generated audio for {line.key}",
        copyright=f"© {take.series.title}",
        extra=extra,
    )


def is_draft_of(take: Take, version: int, data: bytes) -> bool:
    """Whether a file is this take's draft of this version: by its tags and its audio."""
    wanted = {"take_id": str(take.pk), "version": f"v{version:03}"}
    try:
        found = read_tags(data).extra
        return wanted.items() <= found.items() and frames_sha256(data) == take.frames_sha256
    except AudioError:
        return False
