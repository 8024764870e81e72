"""Shows voices, castings and keys for providers in the admin."""

from apps.voices.admin.castings import CastingAdmin
from apps.voices.admin.credentials import CredentialAdmin
from apps.voices.admin.voices import VoiceAdmin

__all__ = ["CastingAdmin", "CredentialAdmin", "VoiceAdmin"]
