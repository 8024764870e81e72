"""Serves ElevenLabs and OpenAI speech with configurable limits, bills, refusals and faults."""

import json
import math
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.providers import wire_clips, wire_shapes

BROKEN_PAGE = b"<!doctype html><title>Something went wrong</title><p>Please try again.</p>"
# These faults answer at once; the others count as in flight for the whole latency.
AT_ONCE = {"busy", "crowded", "proxy", "drop"}


@dataclass
class Config:
    """latency, jitter   seconds before an answer; jitter adds up to that much, drawn at random
    limit             requests in flight; the next one is refused with 429. None: no limit
    announce          whether answers name the limit and the requests in flight
    faults            kind -> share of requests (0-1), drawn by `fault_seed` from text, seed
                      and the number of times that both came: equal runs meet equal faults
    error_form        "new": detail.code, "old": detail.status
    character_limit   the account's quota; `character_count` is what it has used
    retry_after       seconds in the Retry-After header of every 429
    paging            "ok", or "endless": more pages announced than there are
    refusal           [status, code, words] for every request, listings included
    subscription      what /v1/user/subscription answers instead of a plan made of the above
    """

    latency: float = 0.0
    jitter: float = 0.0
    limit: int | None = None
    announce: bool = True
    faults: dict = field(default_factory=dict)
    fault_seed: int = 0
    error_form: str = "new"
    api_key: str = "test-key"
    voices: int = 3
    tier: str = "creator"
    character_limit: int = 1_000_000
    character_count: int = 0
    retry_after: str | None = None
    paging: str = "ok"
    refusal: list | None = None
    subscription: object = None


@dataclass
class Stats:
    """The server's counts. Keys of `asked` and `paid` are "<text>\\n<seed>"; `paid` counts
    complete recordings sent, `abandoned` clients that left before their answer.
    """

    requests: int = 0
    statuses: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    asked: Counter = field(default_factory=Counter)
    paid: Counter = field(default_factory=Counter)
    in_flight: int = 0
    max_in_flight: int = 0
    abandoned: int = 0
    pages: int = 0
    streamed: int = 0
    last: dict = field(default_factory=dict)
    last_headers: dict = field(default_factory=dict)
    first_at: float | None = None
    last_at: float | None = None


class Vendor:
    """Answers exchanges in one thread without locks, so that its counts are exact."""

    def __init__(self, config):
        self.config = config
        self.stats = Stats()
        self.draw = random.Random(config.fault_seed)

    def answer(self, exchange):
        path = exchange.path
        if path.startswith("/_wire/"):
            self._control(exchange, path.removeprefix("/_wire/"))
        elif self.config.refusal:
            self._refuse(exchange, *self.config.refusal)
        elif path == "/v1/audio/speech":
            self._openai(exchange)
        elif path == "/v1/models" and "authorization" in exchange.headers:
            self._openai_models(exchange)
        elif exchange.headers.get("xi-api-key") != self.config.api_key:
            self._refuse(exchange, 401, "invalid_api_key", "Invalid API key")
        elif path.startswith("/v1/text-to-speech/"):
            self._elevenlabs(exchange, path.rpartition("/")[2])
        elif path == "/v2/voices":
            self._voices(exchange)
        elif path == "/v1/models":
            models = [wire_shapes.model(name) for name in wire_shapes.MODELS]
            exchange.reply_json(200, [*models, wire_shapes.STS_MODEL])
        elif path == "/v1/user/subscription":
            self._subscription(exchange)
        else:
            self._refuse(exchange, 404, "not_found", "Not Found")

    # --- speaking ------------------------------------------------------------------------------
    def _elevenlabs(self, exchange, voice_id):
        request, wrong = wire_shapes.read(exchange.body, wire_shapes.BODY, ["text"])
        output_format = exchange.query.get("output_format", "mp3_44100_128")
        wrong += wire_shapes.format_error(output_format)
        model = request.get("model_id", "eleven_multilingual_v2")
        if wrong:
            exchange.reply_json(422, {"detail": wrong})
            self.stats.statuses["422"] += 1
        elif voice_id not in {wire_shapes.voice_id(at) for at in range(self.config.voices)}:
            words = f"A voice with the voice_id '{voice_id}' was not found."
            self._refuse(exchange, 404, "voice_not_found", words)
        elif problem := self._model_problem(request, model):
            self._refuse(exchange, 400, *problem)
        else:
            cost = math.ceil(len(request["text"]) * wire_shapes.MODELS[model][2])
            settings = request.get("voice_settings") or {}
            speed = settings.get("speed") or 1.0
            self._speak(exchange, request, output_format, cost, speed)

    def _model_problem(self, request, model):
        if model not in wire_shapes.MODELS:
            return "model_not_found", f"A model with model ID {model} does not exist."
        _, longest, _, takes_language = wire_shapes.MODELS[model]
        if request.get("language_code") and not takes_language:
            return "unsupported_language", f"Model '{model}' does not support the language_code."
        if len(request["text"]) > longest:
            return "text_too_long", f"Text is longer than {longest} characters."
        return None

    def _openai_models(self, exchange):
        if not self._knows_bearer(exchange):
            return
        models = [{"id": name, "object": "model"} for name in wire_shapes.OPENAI_MODELS]
        exchange.reply_json(200, {"object": "list", "data": models})

    def _knows_bearer(self, exchange):
        """Whether the key is valid; otherwise refuses the request as the vendor does."""
        given = exchange.headers.get("authorization", "").removeprefix("Bearer ")
        if given == self.config.api_key:
            return True
        self._refuse(exchange, 401, "invalid_api_key", f"Incorrect API key provided: {given}.")
        return False

    def _openai(self, exchange):
        request, wrong = wire_shapes.read(
            exchange.body, wire_shapes.OPENAI_BODY, ["input", "model", "voice"]
        )
        if not self._knows_bearer(exchange):
            return
        if wrong:
            words = f"{'.'.join(wrong[0]['loc'][1:])}: {wrong[0]['msg']}"
            self._refuse(exchange, 400, "invalid_value", words)
        elif request["model"] not in wire_shapes.OPENAI_MODELS:
            self._refuse(exchange, 404, "model_not_found", f"No model '{request['model']}'.")
        elif request["voice"] not in wire_shapes.OPENAI_VOICES:
            self._refuse(exchange, 400, "invalid_value", f"No voice '{request['voice']}'.")
        else:
            formats = {"mp3": "mp3_24000_160", "wav": "wav_24000"}
            wanted = formats[request.get("response_format", "mp3")]
            request["text"] = request["input"]
            cost = len(request["input"])
            self._speak(exchange, request, wanted, cost, request.get("speed") or 1.0)

    def _speak(self, exchange, request, output_format, cost, speed):
        config, stats = self.config, self.stats
        key = f"{request['text']}\n{request.get('seed')}"
        self._note(exchange, request, key)
        if config.limit is not None and stats.in_flight >= config.limit:
            words = f"Too many concurrent requests: your plan allows {config.limit}."
            self._refuse(exchange, 429, "concurrent_limit_exceeded", words)
            return
        if config.character_count + cost > config.character_limit:
            left = max(config.character_limit - config.character_count, 0)
            words = f"You have {left} credits remaining, while {cost} are required."
            self._refuse(exchange, *self._no_credit(exchange), words)
            return
        fault = self._fault(key)
        if fault in AT_ONCE:
            self._fail(exchange, fault, b"")
            return
        stats.in_flight += 1
        stats.max_in_flight = max(stats.max_in_flight, stats.in_flight)
        exchange.on_gone = self._abandoned
        if fault == "hang":
            return

        def finish():
            stats.in_flight -= 1
            media_type, data = wire_clips.body(output_format, request["text"], key, speed)
            if fault:
                self._fail(exchange, fault, data)
            else:
                self._deliver(exchange, key, cost, media_type, data)

        exchange.later(config.latency + self.draw.uniform(0, config.jitter), finish)

    def _note(self, exchange, request, key):
        stats, now = self.stats, time.monotonic()
        stats.requests += 1
        stats.asked[key] += 1
        stats.last, stats.last_headers = {**request, "query": exchange.query}, exchange.headers
        stats.first_at, stats.last_at = stats.first_at or now, now

    def _deliver(self, exchange, key, cost, media_type, data):
        self.config.character_count += cost
        self.stats.paid[key] += 1
        self.stats.statuses["200"] += 1
        self.stats.last_at = time.monotonic()
        exchange.reply(200, self._headers(media_type, cost), data)

    def _abandoned(self):
        self.stats.in_flight -= 1
        self.stats.abandoned += 1

    def _headers(self, media_type, cost):
        headers = {"content-type": media_type, "character-cost": cost, **self._announced()}
        name = f"wire-{self.stats.requests:08d}"
        return {**headers, "request-id": name, "x-request-id": name}

    def _announced(self):
        """The rate limit headers; the request that is being answered counts as in flight."""
        if not self.config.announce or self.config.limit is None:
            return {}
        return {
            "current-concurrent-requests": self.stats.in_flight + 1,
            "maximum-concurrent-requests": self.config.limit,
        }

    # --- faults --------------------------------------------------------------------------------
    def _fault(self, key):
        """The fault drawn for this request, or None."""
        drawn = random.Random(f"{self.config.fault_seed}\n{key}\n{self.stats.asked[key]}").random()
        for kind, share in self.config.faults.items():
            if drawn < share:
                self.stats.faults[kind] += 1
                return kind
            drawn -= share
        return None

    def _fail(self, exchange, kind, data):
        refusals = {
            "busy": (429, "system_busy", "Our services are experiencing heavy traffic."),
            "crowded": (429, "too_many_concurrent_requests", "Too many concurrent requests."),
            "error": (500, "internal_server_error", "An unexpected error occurred."),
        }
        codes = {"json": "internal_error", "quota": "quota_exceeded"}
        if kind in codes:
            words = "Something went wrong." if kind == "json" else "This exceeds your quota."
            detail = {"detail": {"status": codes[kind], "message": words}}
            exchange.reply_json(200, detail)
            return
        billed = len(self.stats.last.get("text", ""))
        if kind in ("long", "short"):
            data = wire_clips.lasting(55.0 if kind == "long" else 0.05)
            exchange.reply(200, self._headers("audio/mpeg", billed), data)
            return
        bodies = {"html": BROKEN_PAGE, "empty": b"", "truncated": data[: len(data) * 3 // 5]}
        if kind in refusals:
            self._refuse(exchange, *refusals[kind])
        elif kind in bodies:
            self.stats.statuses["200"] += 1
            headers = self._headers("text/html" if kind == "html" else "audio/mpeg", billed)
            exchange.reply(200, headers, bodies[kind])
        elif kind == "proxy":
            self.stats.statuses["502"] += 1
            exchange.reply(502, {"content-type": "text/html"}, BROKEN_PAGE)
        elif kind == "cut":
            exchange.reply(200, self._headers("audio/mpeg", 0), data[:2000], promised=len(data))
            exchange.hang_up()
        elif kind == "endless":
            exchange.reply(200, self._headers("audio/mpeg", 0), data, promised=10**9)
            self._go_on(exchange)
        elif kind == "trickle":
            exchange.reply(200, self._headers("audio/mpeg", 0), b"", promised=len(data))
            self._trickle(exchange)
        else:
            exchange.hang_up()

    def _trickle(self, exchange):
        exchange.transport.write(b"\xff")
        exchange.later(0.1, lambda: self._trickle(exchange))

    def _go_on(self, exchange):
        exchange.transport.write(bytes(65_536))
        self.stats.streamed += 65_536
        exchange.later(0.005, lambda: self._go_on(exchange))

    def _no_credit(self, exchange):
        if exchange.path == "/v1/audio/speech":
            return 429, "insufficient_quota"
        old = self.config.error_form == "old"
        return (401, "quota_exceeded") if old else (402, "insufficient_credits")

    def _refuse(self, exchange, status, code, words):
        self.stats.statuses[str(status)] += 1
        headers = self._announced()
        if status == 429 and self.config.retry_after is not None:
            headers["retry-after"] = self.config.retry_after
        if exchange.path == "/v1/audio/speech" or "authorization" in exchange.headers:
            error = {"message": words, "type": "invalid_request_error", "param": None, "code": code}
            exchange.reply_json(status, {"error": error}, headers)
            return
        detail = {"type": "api_error", "code": code, "message": words, "request_id": "wire-error"}
        if self.config.error_form == "old":
            detail = {"status": code, "message": words}
        exchange.reply_json(status, {"detail": detail}, headers)

    # --- listings and control ------------------------------------------------------------------
    def _voices(self, exchange):
        self.stats.pages += 1
        size = int(exchange.query.get("page_size", 10))
        if size > 100:
            problem = {"loc": ["query", "page_size"], "msg": "Input should be at most 100"}
            exchange.reply_json(422, {"detail": [problem]})
            return
        start = int(exchange.query.get("next_page_token", "page-0").removeprefix("page-"))
        end = min(start + size, self.config.voices)
        more = end < self.config.voices
        page = {
            "voices": [wire_shapes.voice(number) for number in range(start, end)],
            "has_more": more or self.config.paging == "endless",
            "total_count": self.config.voices,
            "next_page_token": f"page-{end}" if more else None,
        }
        exchange.reply_json(200, page)

    def _subscription(self, exchange):
        plan = {
            "tier": self.config.tier,
            "character_count": self.config.character_count,
            "character_limit": self.config.character_limit,
            "next_character_count_reset_unix": 1_800_000_000,
            "status": "active",
        }
        asked = self.config.subscription
        exchange.reply_json(200, plan if asked is None else asked)

    def _control(self, exchange, act):
        if act == "configure":
            for name, value in json.loads(exchange.body).items():
                setattr(self.config, name, value)
        if act == "reset":
            in_flight = self.stats.in_flight
            self.stats = Stats(in_flight=in_flight, max_in_flight=in_flight)
        exchange.reply_json(200, {**vars(self.stats), "cpu_seconds": time.process_time()})
