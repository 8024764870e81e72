"""Rows for tests, with the least that makes sense."""

from collections.abc import Sequence
from typing import Any

import factory

from apps.accounts.models import User
from apps.catalog.models import Character, Language, Line, Series
from apps.takes.models import Finding, Run
from apps.takes.ordering.services.runs import order_run
from apps.takes.ordering.take_requests import lines_by_voices
from apps.voices.models import Casting, Voice


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence("user{}".format)
    is_staff = True


class SeriesFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Series

    slug = factory.Sequence("Series{}".format)
    title = factory.LazyAttribute(lambda series: f"The {series.slug}")


class LanguageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Language

    series = factory.SubFactory(SeriesFactory)
    tag = "en"


class LineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Line

    language = factory.SubFactory(LanguageFactory)
    series = factory.SelfAttribute("language.series")
    key = factory.Sequence("Line_{}".format)
    position = factory.Sequence(int)
    text = factory.Sequence("This is line number {}.".format)


class CharacterFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Character

    series = factory.SubFactory(SeriesFactory)
    name = factory.Sequence("Character {}".format)


class VoiceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Voice
        django_get_or_create = ("provider", "provider_voice_id")

    provider = "espeak"
    provider_voice_id = "Annie"
    name = factory.SelfAttribute("provider_voice_id")
    is_engine = True


class CastingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Casting

    character = factory.SubFactory(CharacterFactory)
    series = factory.SelfAttribute("character.series")
    voice = factory.SubFactory(VoiceFactory)


class RunFactory(factory.django.DjangoModelFactory):
    """A run as people order it: of `lines` by `voices`, `takes` of each; nothing is queued.

    What else is given goes to `order_run`.
    """

    class Meta:
        model = Run

    lines = factory.LazyFunction(lambda: LineFactory.create_batch(1))
    voices = factory.LazyFunction(lambda: [VoiceFactory()])
    takes = 1
    settings = factory.Dict({})
    by = None
    queue = False

    @classmethod
    def _create(
        cls,
        model: type[Run],
        *,
        lines: Sequence[Line],
        voices: Sequence[Voice],
        takes: int,
        settings: dict[str, Any],
        **order: Any,
    ) -> Run:
        requests = lines_by_voices(lines, voices, takes=takes, settings=settings)
        return order_run(requests, **order)


class FindingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Finding

    check_id = "c"
    severity = Finding.Severity.FAIL
    value = 1
    limit = 1
    message = "It is clipped."
