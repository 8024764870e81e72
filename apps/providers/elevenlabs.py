"""Speaks through ElevenLabs' SDK; retries, ranges and error handling are not the SDK's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar, cast

import httpx
from elevenlabs import Model, Voice, VoiceSettings
from elevenlabs.client import ElevenLabs as Sdk
from elevenlabs.core.api_error import ApiError
from elevenlabs.core.parse_error import ParsingError
from elevenlabs.core.request_options import RequestOptions

from apps.providers.base import (
    RANGES,
    Account,
    ModelInfo,
    ProviderError,
    Recording,
    Speech,
    VoiceInfo,
    validate,
)
from apps.providers.bounds import UnusableAnswer, most_bytes
from apps.providers.transport import (
    check_key,
    clean,
    error_in,
    hashed_account,
    network_error,
    pooled_client,
    read_recording,
    seconds_to_wait,
    whole_number,
)

VOICES_PER_PAGE = 100
# The queue retries, so that a waiting request holds no slot. No chunk size: pieces are yielded
# as they arrive, and the deadline is checked for each piece.
ONCE = cast(RequestOptions, {"max_retries": 0, "chunk_size": None})
# Nobody waits longer for the account, which takes can do without.
SOON = cast(RequestOptions, {"max_retries": 0, "timeout_in_seconds": 10})

# Requests in flight per plan, for v2 and v3; Flash allows twice as many. By the beginning of
# the tier's name: Scale is "growing_business", and names get dates appended.
CONCURRENCY = {
    "free": 2,
    "starter": 3,
    "creator": 5,
    "pro": 10,
    "scale": 15,
    "growing_business": 15,
    "business": 15,
}
# Codes for too many requests of this account: the next request has to wait for an earlier one.
TOO_MANY = {"concurrent_limit_exceeded", "too_many_concurrent_requests"}
HOPELESS_CODES = {
    "insufficient_credits",
    "invalid_api_key",
    "missing_api_key",
    "missing_permissions",
    "quota_exceeded",
}
HOPELESS_STATUSES = {401, 402}
TEMPORARY_STATUSES = {408, 409, 425, 429}
# Languages that the vendor knows by another code (ISO 639-1).
LANGUAGE_CODES = {"nb": "no", "nn": "no", "cmn": "zh", "iw": "he"}
# Errors of a listing with an unknown structure.
STRANGE = (ParsingError, AttributeError, TypeError, UnicodeDecodeError)


class ElevenLabsProvider:
    """One account. The SDK's client and its connections are shared by all threads."""

    name: ClassVar[str] = "elevenlabs"
    label: ClassVar[str] = "ElevenLabs"
    notice: ClassVar[str] = ""
    needs_key: ClassVar[bool] = True
    can_clone: ClassVar[bool] = True
    models: ClassVar[Mapping[str, ModelInfo]] = {
        model.id: model
        for model in (
            ModelInfo("eleven_multilingual_v2", "Multilingual v2", (), 10_000),
            ModelInfo("eleven_flash_v2_5", "Flash v2.5", (), 40_000),
            ModelInfo("eleven_v3", "v3", (), 5_000),
            ModelInfo("eleven_v4", "v4", (), 10_000),
            ModelInfo("eleven_v4_turbo", "v4 Turbo", (), 10_000),
        )
    }
    default_model: ClassVar[str] = "eleven_multilingual_v2"
    max_characters: ClassVar[int] = 10_000
    output_formats: ClassVar[tuple[str, ...]] = (
        *(f"mp3_{kind}" for kind in ("44100_128", "44100_192", "44100_96", "44100_64")),
        *(f"mp3_{kind}" for kind in ("44100_32", "24000_48", "22050_32")),
        *(f"wav_{rate}" for rate in (44100, 48000, 32000, 24000, 22050, 16000, 8000)),
        *(f"pcm_{rate}" for rate in (44100, 48000, 32000, 24000, 22050, 16000, 8000)),
        *(f"opus_48000_{rate}" for rate in (128, 192, 96, 64, 32)),
    )
    ranges: ClassVar[Mapping[str, tuple[float, float]]] = RANGES
    switches: ClassVar[frozenset[str]] = frozenset({"use_speaker_boost"})
    pausing_models: ClassVar[frozenset[str]] = frozenset({default_model, "eleven_flash_v2_5"})
    default_concurrency: ClassVar[int] = 2  # the smallest plan, until the first answer says more

    # US dollars per 1,000 characters, read in June 2026; none is published for the v4 models.
    prices: ClassVar[Mapping[str, Decimal]] = {
        "eleven_multilingual_v2": Decimal("0.10"),
        "eleven_v3": Decimal("0.10"),
        "eleven_flash_v2_5": Decimal("0.05"),
    }

    def __init__(
        self,
        api_key: str = "",
        base_url: str = "https://api.elevenlabs.io",
        timeout: float = 120.0,
    ) -> None:
        """`timeout` in seconds: for each wait on the network, and for a recording as a whole."""
        self._api_key = api_key.strip()
        self._timeout = timeout
        self.account_key = hashed_account(self.name, base_url, self._api_key)
        self._http = pooled_client(timeout)
        # Without an explicit key the SDK takes one from the environment of the import.
        self._sdk = Sdk(
            base_url=base_url, api_key=self._api_key, timeout=timeout, httpx_client=self._http
        )

    def speak(self, speech: Speech) -> Recording:
        validate(speech, self)
        with self._in_words():
            data, headers = self._receive(speech)
        if error := error_in(data):
            raise self._refused(ApiError(status_code=200, headers=dict(headers), body=error))
        return Recording(
            data=data,
            media_type=headers.get("content-type", "").partition(";")[0].strip(),
            model=speech.model,
            characters=len(speech.text),
            character_cost=whole_number(headers, "character-cost"),
            request_id=headers.get("request-id", ""),
            concurrency_limit=whole_number(headers, "maximum-concurrent-requests"),
        )

    def voices(self) -> Iterator[VoiceInfo]:
        """All voices; each page is fetched when the iteration reaches it."""
        token: str | None = None
        more = True
        while more:
            page, following, more = self._voice_page(token)
            if more and following in (None, token):
                raise ProviderError("ElevenLabs announced more voices but no page to find them on.")
            token = following
            yield from page

    def account(self) -> Account | None:
        with self._in_words():
            plan = self._sdk.user.subscription.get(request_options=SOON)
            reset = plan.next_character_count_reset_unix
            return Account(
                characters_used=plan.character_count,
                characters_limit=plan.character_limit,
                tier=plan.tier or "",
                concurrency_limit=_concurrency(plan.tier or ""),
                resets_at=datetime.fromtimestamp(reset, UTC) if reset else None,
            )

    def check_key(self) -> str:
        plan = self.account() or Account()
        used = f"{plan.characters_used or 0:,} of {plan.characters_limit or 0:,} characters used"
        return f"The key is good: plan “{plan.tier}”, {used}."

    def list_models(self) -> tuple[ModelInfo, ...]:
        with self._in_words():
            models = self._sdk.models.list(request_options=ONCE)
            return tuple(_model_info(model) for model in models if model.can_do_text_to_speech)

    def price(self, characters: int, model: str) -> Decimal | None:
        """By the public API prices of June 2026, without discounts of a contract or plan."""
        rate = self.prices.get(model)
        return None if rate is None else rate * characters / 1000

    def close(self) -> None:
        self._http.close()

    def _receive(self, speech: Speech) -> tuple[bytes, Mapping[str, str]]:
        wishes: dict[str, Any] = {}
        if chosen := speech.settings.chosen():
            wishes["voice_settings"] = VoiceSettings(**cast(dict[str, Any], chosen))
        # Multilingual v2 refuses a language: the model detects it from the text.
        if speech.model != "eleven_multilingual_v2":
            language = speech.language.lower().partition("-")[0]
            wishes["language_code"] = LANGUAGE_CODES.get(language, language)
        most = most_bytes(speech.text, speech.output_format)
        with self._sdk.text_to_speech.with_raw_response.convert(
            speech.voice_id,
            text=speech.text,
            model_id=speech.model,
            output_format=speech.output_format,
            seed=speech.seed,
            request_options=ONCE,
            **wishes,
        ) as response:
            data = read_recording(response.data, most=most, timeout=self._timeout, label=self.label)
            return data, response.headers

    def _voice_page(self, token: str | None) -> tuple[list[VoiceInfo], str | None, bool]:
        with self._in_words():
            page = self._sdk.voices.search(
                next_page_token=token, page_size=VOICES_PER_PAGE, request_options=ONCE
            )
            voices = [_voice_info(voice) for voice in page.voices]
            return voices, page.next_page_token, bool(page.has_more)

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Turn errors of the SDK into ProviderError, without the cause, which shows headers."""
        check_key(self._api_key, self.label)
        try:
            yield
        except ApiError as refusal:
            raise self._refused(refusal) from None
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise network_error(fault, self.label, self._timeout) from None
        except STRANGE as fault:
            raise ProviderError(
                f"ElevenLabs answered in an unknown form ({type(fault).__name__}).", code="form"
            ) from None

    def _refused(self, refusal: ApiError) -> ProviderError:
        status = refusal.status_code or 0
        headers = refusal.headers or {}
        code, words = _reason(refusal.body)
        words = words or f"ElevenLabs answered with status {status} and gave no reason."
        hopeless = status in HOPELESS_STATUSES or code in HOPELESS_CODES
        if status == 200 and not hopeless and code not in TOO_MANY:
            return UnusableAnswer(clean(words, self._api_key), code or "error")
        return ProviderError(
            clean(words, self._api_key),
            temporary=not hopeless
            and (status in TEMPORARY_STATUSES or status >= 500 or code in TOO_MANY),
            retry_after=seconds_to_wait(headers),
            counts_as_attempt=code not in TOO_MANY,
            fatal_for_batch=hopeless,
            code=code or str(status),
            concurrency_limit=whole_number(headers, "maximum-concurrent-requests"),
        )


def _reason(body: object) -> tuple[str, str]:
    """Code and words of an error body, in its present form (`detail.code`), its older one
    (`detail.status`), or as a list of wrong fields. Pages of HTML have no words for people.
    """
    detail = body.get("detail", body) if isinstance(body, dict) else body
    if isinstance(detail, list):
        return "invalid", "; ".join(_field(problem) for problem in detail)
    if isinstance(detail, dict):
        code = detail.get("code") or detail.get("status") or detail.get("type") or ""
        return str(code), str(detail.get("message") or "")
    words = detail if isinstance(detail, str) else ""
    return "", "" if words.lstrip().startswith("<") else words


def _field(problem: object) -> str:
    """`{"loc": ["body", "voice_settings", "style"], "msg": "…"}` as `voice_settings.style: …`."""
    if not isinstance(problem, dict):
        return str(problem)
    where = [str(part) for part in problem.get("loc", ()) if part != "body"]
    return f"{'.'.join(where)}: {problem.get('msg', '')}".removeprefix(": ")


def _concurrency(tier: str) -> int | None:
    return next((limit for name, limit in CONCURRENCY.items() if tier.startswith(name)), None)


def _voice_info(voice: Voice) -> VoiceInfo:
    labels = {name: text for name, text in (voice.labels or {}).items() if text}
    spoken = [known.locale or known.language for known in voice.verified_languages or []]
    spoken = spoken or [labels.get("language", "")]
    return VoiceInfo(
        id=voice.voice_id,
        name=voice.name or voice.voice_id,
        languages=tuple(dict.fromkeys(language for language in spoken if language)),
        labels=labels,
        sample_url=voice.preview_url or "",
        category=voice.category or "",
    )


def _model_info(model: Model) -> ModelInfo:
    return ModelInfo(
        id=model.model_id,
        name=model.name or model.model_id,
        languages=tuple(language.language_id for language in model.languages or []),
        max_characters=model.maximum_text_length_per_request,
        cost_multiplier=model.model_rates.character_cost_multiplier if model.model_rates else None,
    )
