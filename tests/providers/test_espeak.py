"""The offline voice: reproducible in every process, different from take to take."""

import ctypes
import hashlib
import io
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import wave
from pathlib import Path

import espeakng_loader
import numpy
import pytest

from apps.providers.base import ProviderError, Settings, Speech
from apps.providers.espeak import WELL_SEPARATED, Espeak
from tests.providers.contract import ProviderContract, seconds_of

SPEAK = """
import hashlib, json, sys
from apps.providers.base import Settings, Speech
from apps.providers.espeak import Espeak
settings = Settings(stability=0.3, speed=1.1)
print(json.dumps([
    hashlib.sha256(Espeak().speak(Speech(text, voice, language, "espeak-ng", "wav_22050",
        settings, seed)).data).hexdigest()
    for text, voice, language, seed in json.loads(sys.argv[1])
]))
"""


def asked(text, voice="Annie", language="en", seed=0, **settings):
    return Speech(text, voice, language, "espeak-ng", "wav_22050", Settings(**settings), seed)


def samples_of(data):
    with wave.open(io.BytesIO(data)) as reader:
        return numpy.frombuffer(reader.readframes(reader.getnframes()), numpy.int16)


class TestEspeak(ProviderContract):
    voice_id = "Annie"

    @pytest.fixture
    def provider(self):
        return Espeak()

    def test_costs_nothing(self, provider):
        recording = provider.speak(self.speech(provider))
        assert recording.character_cost == 0
        assert provider.price(10_000, "espeak-ng") == 0
        assert provider.account() is None

    def test_is_wav_mono_16_bit_22050(self, provider):
        with wave.open(io.BytesIO(provider.speak(self.speech(provider)).data)) as reader:
            assert reader.getparams()[:3] == (1, 2, 22_050)

    def test_voices_are_engines_and_the_clearest_come_first(self, provider):
        voices = list(provider.voices())
        assert tuple(voice.id for voice in voices[:6]) == WELL_SEPARATED
        assert {(voice.is_engine, voice.category) for voice in voices} == {(True, "engine")}
        assert {"de", "en", "es-419", "cmn", "zh"} <= set(voices[0].languages)
        assert len(voices) > 90

    def test_every_listed_voice_speaks(self, provider):
        spoken = [provider.speak(asked("Good day", voice.id)).data for voice in provider.voices()]
        assert all(seconds_of(data) > 0.2 for data in spoken)
        # The engine takes an unknown variant for none: then they would all sound the same.
        assert len(set(spoken)) == len(spoken)

    def test_every_listed_language_speaks(self, provider):
        for tag in next(provider.voices()).languages:
            # Cherokee has no words for digits, but for its own letters.
            assert seconds_of(provider.speak(asked("12 34 ᎣᏏᏲ", language=tag)).data) > 0.3, tag


def test_bytes_are_equal_across_processes_and_threads():
    """A take that was rendered twice after a kill must be the same take."""
    requests = [
        ("Take the key, traveller.", "f2", "en", 1),
        ("Wo ist die Tür?", "Annie", "de", 2),
        ("¿Dónde está la llave?", "klatt2", "es-CO", 3),
        ("Take the key, traveller.", "f2", "en", 4),
    ]
    runs = []
    for order in (requests, list(reversed(requests))):
        command = [sys.executable, "-c", SPEAK, json.dumps(order)]
        hashes = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        runs.append(dict(zip(map(tuple, order), hashes, strict=True)))
    here = {}

    def speak_here():
        for text, voice, language, seed in requests:
            speech = asked(text, voice, language, seed, stability=0.3, speed=1.1)
            digest = hashlib.sha256(Espeak().speak(speech).data).hexdigest()
            here.setdefault((text, voice, language, seed), set()).add(digest)

    threads = [threading.Thread(target=speak_here) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs[0] == runs[1]
    assert here == {request: {digest} for request, digest in runs[0].items()}


@pytest.mark.parametrize("voice", ["Annie", "f2", "klatt2"])
@pytest.mark.parametrize("stability", [None, 0.9])
def test_200_takes_are_200_recordings(voice, stability):
    speeches = [asked("Hi!", voice, seed=seed, stability=stability) for seed in range(200)]
    assert len({Espeak().speak(speech).data for speech in speeches}) == 200


def test_stability_narrows_the_differences():
    def spread(stability):
        lengths = [
            len(Espeak().speak(asked("Take the key, traveller.", seed=n, stability=stability)).data)
            for n in range(30)
        ]
        return numpy.std(lengths)

    assert spread(0.0) > 1.5 * spread(0.5) > 2 * spread(0.9)
    assert spread(1.0) == 0


@pytest.mark.parametrize(
    ("tag", "same_as"),
    [
        ("zh", "cmn"),
        ("zh-TW", "cmn"),
        ("zh-Hans-CN", "cmn"),
        ("zh-HK", "yue"),
        ("es-CO", "es-419"),
        ("es-AR", "es-419"),
        ("es-ES", "es"),
        ("en-GB", "en"),
        ("EN-gh", "en"),
        ("en-US", "en-us"),
        ("en-CA", "en-us"),
        ("it-IT", "it"),
        ("de-CH", "de"),
        ("fr-CA", "fr"),
        ("nl-NL", "nl"),
        ("pt-BR", "pt-br"),
        ("nn", "nb"),
        ("iw", "he"),
    ],
)
def test_languages_by_their_tags(tag, same_as):
    text = "Radio 12, hotel 34."
    assert Espeak().speak(asked(text, language=tag)) == Espeak().speak(
        asked(text, language=same_as)
    )


def test_regions_that_differ_sound_different():
    tags = ("en-GB", "en-US", "es-ES", "es-CO", "pt-PT", "pt-BR", "cmn", "yue")
    spoken = {Espeak().speak(asked("Radio 12, hotel 34.", language=tag)).data for tag in tags}
    assert len(spoken) == len(tags)


@pytest.mark.parametrize("tag", ["xx", "tlh-US", "fo"])
def test_an_unknown_language_is_said_in_words(tag):
    with pytest.raises(ProviderError, match=f"does not speak “{tag}”.*another voice") as caught:
        Espeak().speak(asked("Hello", language=tag))
    assert not caught.value.temporary
    assert not caught.value.fatal_for_batch


@pytest.mark.parametrize("voice", ["annie", "Annie2", "en"])
def test_an_unknown_variant_is_refused(voice):
    with pytest.raises(ProviderError, match=voice):
        Espeak().speak(asked("Hello", voice))


def test_markup_is_text():
    """With SSML on, a break would make three seconds of silence."""
    broken = Espeak().speak(asked('Go <break time="3s"/> on', stability=1.0))
    loud = numpy.flatnonzero(numpy.abs(samples_of(broken.data)) > 500)
    assert numpy.diff(loud).max() < 22_050
    spelled = Espeak().speak(asked("[[h@'loU]]", stability=1.0)).data
    assert spelled != Espeak().speak(asked("hello", stability=1.0)).data


@pytest.mark.parametrize("control", ["\0", "\x01 90P", "\x01 1S"])
def test_controls_change_nothing_that_follows(control):
    """U+0000 would end the text, U+0001 would change pitch and speed in the middle of it."""
    plain = Espeak().speak(asked(f"Open the door{' ' + control[1:]} and go", stability=1.0))
    controlled = Espeak().speak(asked(f"Open the door{control} and go", stability=1.0))
    assert abs(seconds_of(plain.data) - seconds_of(controlled.data)) < 0.15


@pytest.mark.parametrize("text", ["...", "—", "\0"])
def test_a_text_without_words_is_an_error_and_not_a_silent_take(text):
    with pytest.raises(ProviderError, match="nothing to speak"):
        Espeak().speak(asked(text))


def test_a_long_text_is_spoken_to_its_end():
    text = "This is one more sentence. " * 350
    assert len(text) < Espeak.max_characters
    assert seconds_of(Espeak().speak(asked(text)).data) > 400


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_fork_in_the_middle_of_a_text_leaves_both_sides_able_to_speak():
    expected = Espeak().speak(asked("Hello", seed=1)).data
    stop = threading.Event()

    def keep_speaking():
        while not stop.is_set():
            Espeak().speak(asked("A text that takes a while to speak. " * 20))

    background = threading.Thread(target=keep_speaking)
    background.start()
    try:
        assert [_speak_in_fork() for _ in range(10)] == [expected] * 10
    finally:
        stop.set()
        background.join()
    assert Espeak().speak(asked("Hello", seed=1)).data == expected


def _speak_in_fork():
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        try:
            sender.send_bytes(Espeak().speak(asked("Hello", seed=1)).data)
        finally:
            os._exit(0)
    try:
        assert receiver.poll(20), "the forked child does not speak"
        return receiver.recv_bytes()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_memory_does_not_grow_with_every_text():
    def resident_kb():
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))

    for _ in range(20):
        Espeak().speak(asked("Hello"))
    before = resident_kb()
    for _ in range(200):
        Espeak().speak(asked("Hello"))
    assert resident_kb() - before < 4_000


def test_the_library_is_unloaded_after_each_text():
    Espeak().speak(asked("Hello"))
    with pytest.raises(OSError, match="dlopen"):
        ctypes.CDLL(espeakng_loader.get_library_path(), mode=os.RTLD_NOLOAD | os.RTLD_NOW)
