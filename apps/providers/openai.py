"""Speaks through OpenAI's HTTP endpoint, whose end the vendor has announced."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import httpx

from apps.providers.base import (
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
)

VOICES = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer")
HOPELESS_CODES = {"insufficient_quota", "invalid_api_key", "billing_hard_limit_reached"}
TEMPORARY_STATUSES = {408, 409, 429}


class OpenAI:
    """One account. The API has no seeds: takes differ by chance. The text decides the language."""

    name: ClassVar[str] = "openai"
    label: ClassVar[str] = "OpenAI"
    notice: ClassVar[str] = (
        "OpenAI has announced that its speech models end on 2027-01-06. Takes stay; plan another "
        "voice for what is to be made after that day."
    )
    needs_key: ClassVar[bool] = True
    can_clone: ClassVar[bool] = False
    models: ClassVar[Mapping[str, ModelInfo]] = {
        model: ModelInfo(model, model, (), 4_096)
        for model in ("gpt-4o-mini-tts", "tts-1", "tts-1-hd")
    }
    default_model: ClassVar[str] = "gpt-4o-mini-tts"
    max_characters: ClassVar[int] = 4_096
    output_formats: ClassVar[tuple[str, ...]] = ("mp3", "wav")
    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"speed": (0.25, 4.0)}
    switches: ClassVar[frozenset[str]] = frozenset()
    pausing_models: ClassVar[frozenset[str]] = frozenset()
    default_concurrency: ClassVar[int] = 4

    # US dollars per 1,000 characters. gpt-4o-mini-tts is billed by tokens of sound, about 0.015
    # a minute by the vendor's own estimate, taken here at 900 characters a minute.
    prices: ClassVar[Mapping[str, Decimal]] = {
        "tts-1": Decimal("0.015"),
        "tts-1-hd": Decimal("0.030"),
        "gpt-4o-mini-tts": Decimal("0.017"),
    }

    def __init__(
        self, api_key: str = "", base_url: str = "https://api.openai.com", timeout: float = 120.0
    ) -> None:
        """`timeout` in seconds: for each wait on the network, and for a recording as a whole."""
        self._api_key = api_key.strip()
        self._url = f"{base_url.rstrip('/')}/v1"
        self._timeout = timeout
        self.account_key = hashed_account(self.name, base_url, self._api_key)
        self._http = pooled_client(timeout)

    def speak(self, speech: Speech) -> Recording:
        validate(speech, self)
        check_key(self._api_key, self.label)
        answer, data = self._receive(speech)
        if error_in(data):
            raise self._refused(answer, data)
        return Recording(
            data=data,
            media_type=answer.headers.get("content-type", "").partition(";")[0].strip(),
            model=speech.model,
            characters=len(speech.text),
            request_id=answer.headers.get("x-request-id", ""),
        )

    def voices(self) -> Iterator[VoiceInfo]:
        """The voices of the vendor's manual; the API has no request for a list."""
        for voice in VOICES:
            yield VoiceInfo(id=voice, name=voice.capitalize(), category="premade")

    def account(self) -> Account | None:
        return None

    def check_key(self) -> str:
        """Test the key by listing the models, which costs nothing."""
        check_key(self._api_key, self.label)
        self._ask("GET", "models")
        return "The key is good: OpenAI lists its models for it."

    def list_models(self) -> tuple[ModelInfo, ...]:
        return tuple(self.models.values())

    def price(self, characters: int, model: str) -> Decimal | None:
        """By the vendor's price page of 2025: $15 and $30 per million characters."""
        rate = self.prices.get(model)
        return None if rate is None else rate * characters / 1000

    def close(self) -> None:
        self._http.close()

    def _receive(self, speech: Speech) -> tuple[httpx.Response, bytes]:
        most = most_bytes(speech.text, speech.output_format)
        headers = {"authorization": f"Bearer {self._api_key}"}
        url, body = f"{self._url}/audio/speech", _request(speech)
        try:
            with self._http.stream("POST", url, headers=headers, json=body) as answer:
                if not answer.is_success:
                    raise self._refused(answer, answer.read())
                pieces = answer.iter_bytes()
                return answer, read_recording(
                    pieces, most=most, timeout=self._timeout, label=self.label
                )
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise network_error(fault, self.label, self._timeout) from None

    def _ask(self, method: str, path: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._api_key}"}
        try:
            answer = self._http.request(method, f"{self._url}/{path}", headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise network_error(fault, self.label, self._timeout) from None
        if not answer.is_success:
            raise self._refused(answer, answer.content)
        return answer

    def _refused(self, answer: httpx.Response, content: bytes) -> ProviderError:
        code, words = _reason(error_in(content))
        words = words or f"OpenAI answered with status {answer.status_code} and gave no reason."
        hopeless = answer.status_code == 401 or code in HOPELESS_CODES
        if answer.is_success and not hopeless:
            return UnusableAnswer(clean(words, self._api_key), code or "error")
        later = answer.status_code in TEMPORARY_STATUSES or answer.status_code >= 500
        return ProviderError(
            clean(words, self._api_key),
            temporary=later and not hopeless,
            retry_after=seconds_to_wait(answer.headers),
            fatal_for_batch=hopeless,
            code=code or str(answer.status_code),
        )


def _request(speech: Speech) -> dict[str, Any]:
    request: dict[str, Any] = {
        "model": speech.model,
        "input": speech.text,
        "voice": speech.voice_id,
        "response_format": speech.output_format,
    }
    if speech.settings.speed is not None:
        request["speed"] = speech.settings.speed
    return request


def _reason(body: object) -> tuple[str, str]:
    """Code and words of `{"error": {"code", "message"}}`; nothing when it has another form."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    return str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")
