"""What an order would do, before anything is written or paid: checks, sizes, estimates."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.audit.services import Actor
from apps.catalog.lines.readiness import name_unspeakable
from apps.catalog.texts import Readiness, spoken_text
from apps.core.errors import Invalid
from apps.providers.registry import UnknownProvider, get_provider
from apps.storage.keys import BadName, check_name
from apps.takes.models import Take
from apps.takes.ordering.drawn_settings import draw_settings
from apps.takes.ordering.take_requests import TakeRequest
from apps.takes.rendering.seeds import draw_seed, identity
from apps.voices.credentials.keys import UnreadableKey, keyless
from apps.voices.library.speech_settings import setting_errors
from apps.voices.models import Voice

MOST_TAKES = 100_000


def file_name(line_key: str, take_number: int) -> str:
    """The name under which a take is kept, in the `takes/` of its batch."""
    return f"{line_key}_take_{take_number}.mp3"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A request with everything decided: its number, words, settings, seed and identity."""

    request: TakeRequest
    take_number: int
    spoken_text: str
    model: str
    settings: Mapping[str, Any]
    seed: int
    identity: str

    @property
    def file_name(self) -> str:
        return file_name(self.request.line.key, self.take_number)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an order comes to for one provider."""

    provider: str
    takes: int
    characters: int
    cost: Decimal | None
    reusable: int


def draw(requests: Iterable[TakeRequest], *, salt: str = "", first_number: int = 1) -> list[Drawn]:
    """Decide every request. The same requests are decided alike, unless `salt` differs.

    The takes of each line and voice are numbered from `first_number`.
    """
    numbers: Counter[tuple[int, int]] = Counter()
    words: dict[int, str] = {}
    drawn = []
    for request in requests:
        pair = (request.voice.pk, request.line.pk)
        number = first_number + numbers[pair]
        numbers[pair] += 1
        spoken = words.setdefault(request.line.pk, spoken_text(request.line.text))
        drawn.append(_draw_one(request, number, spoken, salt))
    return drawn


def _draw_one(request: TakeRequest, number: int, spoken: str, salt: str) -> Drawn:
    voice = request.voice.address
    name = f"{request.line.key}|{voice}|{number}|{salt}"
    settings = draw_settings(request.settings, draw=name)
    model = request.model or get_provider(request.voice.provider).default_model
    seed = draw_seed(spoken, voice, settings, number, salt)
    same = identity(
        spoken_text=spoken,
        voice=voice,
        model=model,
        settings=settings,
        output_format=request.output_format,
        seed=seed,
    )
    return Drawn(request, number, spoken, model, settings, seed, same)


def estimate(drawn: Sequence[Drawn], *, reuse_identical: bool) -> list[Estimate]:
    """Takes, characters and US dollars for each provider; what exists already costs nothing."""
    existing = existing_identities(drawn) if reuse_identical else set()
    by_provider: dict[str, list[Drawn]] = defaultdict(list)
    for one in drawn:
        by_provider[one.request.voice.provider].append(one)
    return [_estimate_one(alias, asked, existing) for alias, asked in sorted(by_provider.items())]


def _estimate_one(alias: str, asked: list[Drawn], existing: set[str]) -> Estimate:
    bought = [one for one in asked if one.identity not in existing]
    by_model: Counter[str] = Counter()
    for one in bought:
        by_model[one.model] += len(one.spoken_text)
    provider = get_provider(alias)
    prices = [provider.price(characters, model) for model, characters in by_model.items()]
    known = [price for price in prices if price is not None]
    return Estimate(
        provider=alias,
        takes=len(asked),
        characters=sum(by_model.values()),
        cost=sum(known, Decimal(0)) if len(known) == len(prices) else None,
        reusable=len(asked) - len(bought),
    )


def existing_identities(drawn: Sequence[Drawn]) -> set[str]:
    """Identities of complete takes in the Series that these requests could reuse."""
    if not drawn:
        return set()
    series = drawn[0].request.line.series_id
    wanted = [one.identity for one in drawn]
    found: set[str] = set()
    for start in range(0, len(wanted), 5000):
        rows = Take.objects.complete().filter(
            series=series, identity__in=wanted[start : start + 5000]
        )
        found.update(rows.values_list("identity", flat=True))
    return found


@dataclass(frozen=True, slots=True)
class CheckedOrder:
    """The requests that can be carried out. `left_out` names the lines that cannot be spoken."""

    requests: list[TakeRequest]
    left_out: str


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What ordering would do and cost."""

    takes: int
    estimates: list[Estimate]
    left_out: str


def plan_order(
    requests: Sequence[TakeRequest], *, by: Actor, reuse_identical: bool = True
) -> OrderPlan:
    """Raises what `check` raises, as ordering does."""
    order = check(requests, by=by)
    drawn = draw(order.requests)
    estimates = estimate(drawn, reuse_identical=reuse_identical)
    return OrderPlan(len(drawn), estimates, order.left_out)


def check(requests: Sequence[TakeRequest], *, by: Actor) -> CheckedOrder:
    """Leave out lines that cannot be spoken; they hold no other one up.

    Raises Invalid with everything that is wrong with the rest, by field, and when nothing is
    left. `by` is who will order.
    """
    lines = {request.line.pk: request.line for request in requests}
    left_out = name_unspeakable((line.key, line.readiness) for line in lines.values())
    speakable = [one for one in requests if one.line.readiness == Readiness.SPEAKABLE]
    errors = _errors(speakable, by)
    if not speakable:
        nothing = "No line is left to speak: choose lines that have a text."
        errors["lines"] = f"{nothing} {left_out}." if left_out else nothing
    if errors:
        raise Invalid(errors)
    return CheckedOrder(speakable, left_out)


def _errors(requests: Sequence[TakeRequest], by: Actor) -> dict[str, str]:
    errors: dict[str, str] = {}
    if len(requests) > MOST_TAKES:
        errors["takes"] = f"{len(requests)} takes are too many for one run; {MOST_TAKES} at most."
    if len({request.line.series_id for request in requests}) > 1:
        errors["series"] = "A run belongs to one Series; these lines belong to several."
    voices = {request.voice.pk: request.voice for request in requests}
    lines = {request.line.pk: request.line for request in requests}
    errors.update(_check_voices(list(voices.values()), by))
    if requests and not errors:
        errors.update(_check_lines(list(lines.values()), list(voices.values())))
        errors.update(_check_settings(requests))
    return errors


def _check_voices(voices: Sequence[Voice], by: Actor) -> dict[str, str]:
    problems = []
    for voice in voices:
        if voice.gone_at:
            problems.append(f"{voice.name} is no longer offered by {voice.provider}.")
        try:
            get_provider(voice.provider)
            check_name(voice.directory)
        except (UnknownProvider, BadName) as error:
            problems.append(str(error))
    try:
        problems += keyless({voice.provider for voice in voices}, by)
    except UnreadableKey as error:
        problems.append(str(error))
    return {"voices": " ".join(problems)} if problems else {}


def _check_lines(lines: Sequence[Any], voices: Sequence[Voice]) -> dict[str, str]:
    problems = []
    twice = [key for key, number in Counter(line.key for line in lines).items() if number > 1]
    if twice:
        problems.append(f"{twice[0]} is asked for in two languages at once.")
    longest = min(get_provider(voice.provider).max_characters for voice in voices)
    for line in lines:
        if (size := len(spoken_text(line.text))) > longest:
            problems.append(f"{line.key} has {size} characters; {longest} are possible.")
    return {"lines": " ".join(problems[:20])} if problems else {}


def _check_settings(requests: Sequence[TakeRequest]) -> dict[str, str]:
    errors: dict[str, str] = {}
    seen = set()
    for request in requests:
        mark = (request.voice.provider, request.model, request.output_format, id(request.settings))
        if mark not in seen:
            seen.add(mark)
            provider = get_provider(request.voice.provider)
            errors.update(
                setting_errors(request.settings, request.model, request.output_format, provider)
            )
    return errors
