import pickle

import pytest

from apps.audio.containers.mpeg import walk
from apps.audio.encoding import encode_mp3
from apps.audio.errors import AudioError
from apps.audio.formats import OutputFormat, UnknownFormat, parse_format
from tests.audio.generated import chatter, without_info_frame

ELEVENLABS = [
    "mp3_22050_32",
    "mp3_24000_48",
    "mp3_44100_32",
    "mp3_44100_64",
    "mp3_44100_96",
    "mp3_44100_128",
    "mp3_44100_192",
    *(f"{codec}_{rate}" for codec in ("pcm", "wav") for rate in (8000, 16000, 22050, 24000)),
    *(f"{codec}_{rate}" for codec in ("pcm", "wav") for rate in (32000, 44100, 48000)),
]


@pytest.mark.parametrize("name", ELEVENLABS)
def test_every_name_is_read_and_written_back(name):
    wanted = parse_format(name)
    assert wanted.name == name
    assert wanted.extension == "mp3"


@pytest.mark.parametrize("name", ELEVENLABS)
def test_the_encoder_can_make_what_is_promised(name):
    wanted = parse_format(name)
    data = encode_mp3(chatter(0.5, rate=22050), rate=wanted.rate, kbps=wanted.kbps)
    sound = walk(without_info_frame(data))
    assert sound.first.rate == wanted.rate
    seconds = sound.count * sound.first.samples / wanted.rate
    assert sound.end * 8 / seconds / 1000 == pytest.approx(wanted.kbps, rel=0.02)


def test_rate_is_in_hertz_and_bit_rate_in_kbps():
    assert parse_format("mp3_44100_192") == OutputFormat("mp3", 44100, 192)


def test_the_kept_mp3_of_raw_samples_has_a_bit_rate_its_rate_allows():
    assert parse_format("pcm_24000").kbps == 128
    assert parse_format("wav_8000").kbps == 64


@pytest.mark.parametrize(
    "name",
    [
        "",
        "mp3",
        "mp3_44100",
        "mp3_44100_127",
        "mp3_22050_192",
        "mp3_44000_128",
        "pcm_96000",
        "pcm_44100_16",
        "ulaw_8000",
        "MP3_44100_128",
        "mp3_44100_128\n",
        "mp3_४४१००_128",
    ],
)
def test_other_names_are_refused_with_an_example(name):
    with pytest.raises(UnknownFormat, match="mp3_44100_128"):
        parse_format(name)


def test_the_error_survives_a_process_pool():
    error = pickle.loads(pickle.dumps(UnknownFormat("no")))  # noqa: S301 - our own bytes
    assert isinstance(error, AudioError) and str(error) == "no"
