"""Voices and castings in the admin."""

from apps.voices.admin.castings import CastingAdmin
from apps.voices.admin.voices import VoiceAdmin

__all__ = ["CastingAdmin", "VoiceAdmin"]
