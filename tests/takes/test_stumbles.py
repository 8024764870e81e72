"""What a voice would stumble over is said before money is spent; pauses reach who knows them."""

import io

import pytest
from django.core.management import call_command
from django.urls import reverse

from apps.takes.ordering.generation_order import GenerationOrder
from apps.takes.ordering.planning import draw, stumbles_of
from apps.takes.ordering.take_requests import TakeRequest
from tests.factories import LanguageFactory, LineFactory, UserFactory, VoiceFactory

pytestmark = pytest.mark.django_db

VARIABLES = "1 text holds {variables}: Intro_1"
LEFT_OUT = "1 text holds <break …/>, left out for eSpeak NG (espeak-ng): Intro_2"


@pytest.fixture
def series():
    language = LanguageFactory(series__slug="Lantern")
    LineFactory(language=language, key="Intro_1", text="Welcome, {player}!")
    LineFactory(language=language, key="Intro_2", text='One.<break time="1.5s"/>Two.')
    LineFactory(language=language, key="Intro_3", text="Plain.")
    return language.series


def asked(series, key: str, **about) -> TakeRequest:
    voice = VoiceFactory(provider="elevenlabs", provider_voice_id="Xb7hH8MSUJpSbSDYk0k2")
    return TakeRequest(line=series.lines.get(key=key), voice=voice, **about)


def test_the_estimate_names_stumbles_and_pauses_that_nobody_makes(series):
    order = GenerationOrder(series=series, language="en", voices=[VoiceFactory()], takes=2)
    assert order.plan(by=None).stumbles == [VARIABLES, LEFT_OUT]


def test_the_dry_run_says_so(series):
    VoiceFactory()
    said = io.StringIO()
    arguments = ("--series=Lantern", "--voice=espeak:Annie", "--takes=1", "--dry-run")
    call_command("generate", *arguments, stdout=io.StringIO(), stderr=said)
    assert VARIABLES in said.getvalue()
    assert LEFT_OUT in said.getvalue()


def test_the_page_says_so(client, series):
    client.force_login(UserFactory(is_superuser=True))
    address = f"{reverse('admin:takes_run_add')}?series={series.pk}"
    fields = {"which": "all", "language": "en", "voices": [VoiceFactory().pk], "takes": 1}
    fields |= {"output_format": "mp3_44100_128", "estimate": "1"}
    shown = client.post(address, fields, follow=True).text
    assert VARIABLES in shown
    assert "left out for eSpeak NG" in shown


@pytest.mark.parametrize(
    ("model", "spoken"),
    [
        ("", 'One.<break time="1.5s" />Two.'),
        ("eleven_flash_v2_5", 'One.<break time="1.5s" />Two.'),
        ("eleven_v3", "One.Two."),
    ],
)
def test_a_pause_reaches_the_models_that_know_it(series, model, spoken):
    request = asked(series, "Intro_2", model=model)
    assert [one.spoken_text for one in draw([request])] == [spoken]
    is_said = any("left out for ElevenLabs" in sentence for sentence in stumbles_of([request]))
    assert is_said == ("break" not in spoken)


def test_one_order_of_two_voices_gives_each_its_own_text(series):
    line = series.lines.get(key="Intro_2")
    both = [asked(series, "Intro_2"), TakeRequest(line=line, voice=VoiceFactory())]
    assert len({one.spoken_text for one in draw(both)}) == 2
