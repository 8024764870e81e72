"""Rows for tests, with the least that makes sense."""

import factory

from apps.accounts.models import User
from apps.catalog.models import Language, Line, Series
from apps.voices.models import Voice


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


class VoiceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Voice
        django_get_or_create = ("provider", "provider_voice_id")

    provider = "espeak"
    provider_voice_id = "Annie"
    name = factory.SelfAttribute("provider_voice_id")
    is_engine = True
