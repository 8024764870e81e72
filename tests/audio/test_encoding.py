import io

import mutagen.mp3
import numpy as np
import pytest

from apps.audio.decoding import decode
from apps.audio.encoding import encode_mp3
from apps.audio.errors import NotAudio
from tests.audio.generated import as_mp3, chatter, of, sine


@pytest.mark.parametrize("frames", [1152, 1153, 1198, 1199, 1200, 1728, 2304, 44101])
@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (44100, 2), (22050, 1), (8000, 1)])
def test_exactly_as_many_samples_come_back(frames, rate, channels):
    sound = sine(frames / rate, rate=rate, channels=channels)
    decoded = decode(as_mp3(sound, kbps=64))
    assert len(decoded.samples) == frames
    assert decoded.declared_duration == pytest.approx(frames / rate, abs=1e-6)


@pytest.mark.parametrize("frames", [1, 46, 47, 600])
def test_less_than_a_frame_comes_back_a_little_longer(frames):
    assert frames <= len(decode(as_mp3(sine(frames / 44100))).samples) < 1152


def test_a_length_that_leaves_no_sample_at_the_new_rate_is_refused():
    with pytest.raises(NotAudio, match="not one sample"):
        encode_mp3(of([0.1, 0.2], rate=44100), rate=8000, kbps=8)


def test_no_delay_is_added():
    click = of([0.0] * 2000 + [0.9] * 20 + [0.0] * 2000, rate=44100)
    decoded = decode(as_mp3(click, kbps=320)).samples[:, 0]
    assert np.flatnonzero(np.abs(decoded) > 0.4).mean() == pytest.approx(2009.5, abs=2)


@pytest.mark.parametrize(("rate", "kbps"), [(44100, 192), (22050, 32), (48000, 128), (8000, 8)])
def test_an_independent_reader_sees_rate_and_bit_rate(rate, kbps):
    data = encode_mp3(chatter(1.0, rate=24000), rate=rate, kbps=kbps)
    info = mutagen.mp3.MP3(io.BytesIO(data)).info
    assert (info.sample_rate, info.channels) == (rate, 1)
    assert info.bitrate == pytest.approx(kbps * 1000, rel=0.001)


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_resampling_keeps_length_and_pitch(rate):
    decoded = decode(encode_mp3(sine(1.0), rate=rate, kbps=64))
    assert len(decoded.samples) == rate
    spectrum = np.abs(np.fft.rfft(decoded.samples[:, 0]))
    assert spectrum.argmax() == 1000


@pytest.mark.parametrize(("kbps", "decibels"), [(64, 17), (128, 22)])
def test_the_encoder_adds_little_noise(kbps, decibels):
    sound = chatter(2.0, rate=22050)
    noise = decode(as_mp3(sound, kbps=kbps)).samples - sound.samples
    assert 10 * np.log10((sound.samples**2).sum() / (noise**2).sum()) > decibels


@pytest.mark.parametrize("kbps", [32, 64, 128, 160, 192, 224, 256, 320])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_level_stays_as_it_was(kbps, channels):
    before = sine(1.0, channels=channels).samples[4000:-4000]
    after = decode(as_mp3(sine(1.0, channels=channels), kbps=kbps)).samples[4000:-4000]
    assert (before * after).sum() / (before**2).sum() == pytest.approx(1.0, abs=0.002)


def test_what_exceeds_full_scale_is_clipped():
    loud = sine(0.5, dbfs=30.0, hertz=200)
    assert np.abs(decode(as_mp3(loud)).samples).max() < 1.6


def test_a_file_carries_no_tag_of_the_encoder():
    assert as_mp3(sine(0.5))[:1] == b"\xff"
