"""Holds the sentence of voice samples, one per language."""

SENTENCES = {
    "en": "Good evening. This is how I sound when I read to you.",
    "de": "Guten Abend. So klinge ich, wenn ich Ihnen vorlese.",
    "es": "Buenas tardes. Así suena mi voz cuando leo para ti.",
    "fr": "Bonsoir. Voici ma voix quand je vous fais la lecture.",
    "it": "Buonasera. Questa è la mia voce quando leggo per te.",
    "pt": "Boa noite. É assim que eu soo quando leio para você.",
    "nl": "Goedenavond. Zo klink ik als ik u voorlees.",
}
FALLBACK = "en"


def sentence_for(tag: str) -> tuple[str, str]:
    """The spoken language and its sentence; English for a language without a sentence."""
    base = tag.partition("-")[0].lower()
    if base in SENTENCES:
        return tag, SENTENCES[base]
    return FALLBACK, SENTENCES[FALLBACK]
