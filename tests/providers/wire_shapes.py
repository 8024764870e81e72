"""The vendors' fields, ranges, voices, models, formats and error messages."""

import json

MODELS = {
    # id: (name, characters per request, characters billed per character, takes a language)
    "eleven_multilingual_v2": ("Eleven Multilingual v2", 10_000, 1.0, False),
    "eleven_flash_v2_5": ("Eleven Flash v2.5", 40_000, 0.5, True),
    "eleven_v3": ("Eleven v3", 5_000, 1.0, True),
    "eleven_v4": ("Eleven v4", 10_000, 1.0, True),
    "eleven_v4_turbo": ("Eleven v4 Turbo", 10_000, 0.5, True),
}
FORMATS = (
    *(f"mp3_{kind}" for kind in ("22050_32", "24000_48", "44100_32", "44100_64", "44100_96")),
    *(f"mp3_{kind}" for kind in ("44100_128", "44100_192")),
    *(f"{codec}_{rate}" for codec in ("wav", "pcm") for rate in (8000, 16000, 22050, 24000)),
    *(f"{codec}_{rate}" for codec in ("wav", "pcm") for rate in (32000, 44100, 48000)),
)
"""Those that the server can make. The vendor also offers opus, A-law and µ-law."""

UNIT = (0, 1)
SETTINGS = {
    "stability": UNIT,
    "similarity_boost": UNIT,
    "style": UNIT,
    "clone_strength": UNIT,
    "speed": (0.7, 1.2),
    "use_speaker_boost": bool,
}
BODY = {
    "text": str,
    "model_id": str,
    "language_code": str,
    "voice_settings": dict,
    "seed": (0, 4_294_967_295),
    "previous_text": str,
    "next_text": str,
    "previous_request_ids": 3,
    "next_request_ids": 3,
    "pronunciation_dictionary_locators": 3,
    "apply_text_normalization": str,
    "apply_language_text_normalization": bool,
    "use_pvc_as_ivc": bool,
    "audio_effects": dict,
}
OPENAI_BODY = {
    "model": str,
    "input": str,
    "voice": str,
    "response_format": str,
    "speed": (0.25, 4),
    "instructions": str,
}
OPENAI_MODELS = ("gpt-4o-mini-tts", "tts-1", "tts-1-hd")
OPENAI_VOICES = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer")
CATEGORIES = ("premade", "cloned", "generated", "professional")


def read(body, fields, required):
    """(request, list of wrong fields as FastAPI words them)."""
    try:
        request = json.loads(body)
    except ValueError:
        return {}, [_wrong(["body"], "json_invalid", "JSON decode error")]
    wrong = _check(request, fields, ["body"])
    wrong += _check(request.get("voice_settings") or {}, SETTINGS, ["body", "voice_settings"])
    missing = [name for name in required if not isinstance(request.get(name), str)]
    wrong += [_wrong(["body", name], "missing", "Field required") for name in missing]
    return request, wrong


def format_error(output_format):
    if output_format in FORMATS:
        return []
    words = "Input should be " + ", ".join(f"'{name}'" for name in FORMATS)
    return [_wrong(["query", "output_format"], "enum", words)]


def _check(values, fields, where):
    wrong = []
    for name, value in values.items():
        if name not in fields:
            wrong.append(
                _wrong([*where, name], "extra_forbidden", "Extra inputs are not permitted")
            )
        elif value is not None and (problem := _problem(value, fields[name])):
            wrong.append(_wrong([*where, name], *problem))
    return wrong


def _problem(value, wanted):
    if isinstance(wanted, tuple):
        return _range_problem(value, *wanted)
    if isinstance(wanted, int):
        if isinstance(value, list) and len(value) <= wanted:
            return None
        return "too_long", f"List should have at most {wanted} items after validation"
    if isinstance(value, wanted):
        return None
    return f"{wanted.__name__}_type", f"Input should be a valid {wanted.__name__}"


def _range_problem(value, low, high):
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "float_parsing", "Input should be a valid number"
    if value < low:
        return "greater_than_equal", f"Input should be greater than or equal to {low}"
    if value > high:
        return "less_than_equal", f"Input should be less than or equal to {high}"
    return None


def _wrong(where, kind, words):
    return {"type": kind, "loc": where, "msg": words}


def voice_id(number):
    return f"wireVoice{number:011d}"


def voice(number):
    """A voice as `/v2/voices` lists it; every third one is without optional fields."""
    entry = {"voice_id": voice_id(number), "name": f"Voice {number}", "settings": None}
    if number % 3 == 2:
        return {**entry, "labels": None, "verified_languages": None}
    return {
        **entry,
        "category": CATEGORIES[number % 4],
        "labels": {"gender": "female", "accent": "american", "language": "en", "age": None},
        "preview_url": f"https://example.test/{number}.mp3",
        "verified_languages": [
            {"language": "en", "model_id": "eleven_v3", "locale": "en-US"},
            {"language": "de", "model_id": "eleven_v3", "locale": None},
        ],
    }


def model(model_id):
    name, longest, multiplier, _ = MODELS[model_id]
    return {
        "model_id": model_id,
        "name": name,
        "can_do_text_to_speech": True,
        "maximum_text_length_per_request": longest,
        "languages": [
            {"language_id": "en", "name": "English"},
            {"language_id": "de", "name": "German"},
        ],
        "model_rates": {"character_cost_multiplier": multiplier, "cost_discount_multiplier": 1.0},
    }


STS_MODEL = {
    "model_id": "eleven_multilingual_sts_v2",
    "name": "Eleven Multilingual v2 (voice changer)",
    "can_do_text_to_speech": False,
}
