import hashlib
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.audio.decoding import decode
from apps.audio.errors import AudioError, NotAudio, TruncatedAudio
from apps.audio.examining import Examined, ExamineOptions, examine
from apps.audio.formats import UnknownFormat
from apps.audio.measuring import measure
from apps.audio.peaks import peaks
from apps.audio.sound import Sound
from apps.audio.tagging import Tags, frames_sha256, read_tags
from tests.audio.generated import as_mp3, as_pcm, as_wav, chatter, silence, without_info_frame

TAGS = Tags(title="Intro_1", extra={"voice": "Annie"})
ORDER = ExamineOptions(output_format="mp3_44100_128", tags=TAGS)
CHATTER = chatter(1.5)
MP3 = as_mp3(CHATTER)
WAV = as_wav(chatter(1.5, rate=22050))


def test_an_mp3_is_kept_frame_by_frame():
    kept = examine(MP3, ORDER)
    assert kept.data.endswith(MP3)
    assert read_tags(kept.data) == TAGS
    assert kept.sha256 == hashlib.sha256(kept.data).hexdigest()
    assert kept.frames_sha256 == frames_sha256(MP3)
    assert (kept.size, kept.rate) == (len(kept.data), 44100)
    assert kept.findings == ()


def test_an_mp3_in_another_format_than_ordered_is_not_encoded_again():
    data = as_mp3(chatter(1.0, rate=22050), kbps=32)
    assert examine(data, ORDER).frames_sha256 == frames_sha256(data)


def test_without_tags_the_file_stays_as_it_is():
    tagged = examine(MP3, ORDER).data
    again = examine(tagged, ExamineOptions(output_format="mp3_44100_128"))
    assert again.data == tagged
    assert again.sha256 == hashlib.sha256(tagged).hexdigest()


def test_a_wav_becomes_an_mp3_of_the_ordered_format():
    kept = examine(WAV, ORDER)
    sound = decode(kept.data)
    assert (kept.rate, sound.rate, sound.duration) == (44100, 44100, 1.5)
    assert kept.frames_sha256 == frames_sha256(kept.data)


def test_raw_samples_need_the_name_of_their_format():
    order = ExamineOptions(output_format="mp3_24000_48", tags=TAGS, source_format="pcm_24000")
    kept = examine(as_pcm(chatter(1.5, rate=24000)), order)
    assert (kept.rate, kept.measurement.duration) == (24000, 1.5)
    with pytest.raises(NotAudio):
        examine(as_pcm(chatter(1.5)), ORDER)


def test_a_header_is_not_taken_for_raw_samples():
    order = ExamineOptions(output_format="mp3_22050_32", source_format="pcm_8000")
    assert examine(WAV, order).measurement.duration == 1.5
    for mp3 in (MP3, examine(MP3, ORDER).data, without_info_frame(MP3)):
        assert examine(mp3, order).frames_sha256 == frames_sha256(mp3)
    with pytest.raises(NotAudio, match="damaged"):
        examine(MP3[:9000] + b"<html>" + MP3[9000:], order)


@pytest.mark.parametrize("data", [MP3, WAV, without_info_frame(MP3)])
def test_what_is_stored_was_measured_on_the_kept_file(data):
    kept = examine(data, ORDER)
    sound = decode(kept.data)
    assert kept.measurement == measure(sound)
    assert kept.measurement.duration == len(sound.samples) / sound.rate
    assert kept.peaks == peaks(sound)


@pytest.mark.parametrize("data", [MP3[:-1], MP3[:9000], WAV[:-1], without_info_frame(MP3)[:-9]])
def test_a_truncated_file_is_refused(data):
    with pytest.raises(TruncatedAudio, match="breaks off after"):
        examine(data, ORDER)


def test_a_frame_that_only_the_length_betrays_is_a_finding():
    """Some encoders count the info frame, so one frame less than announced may be a whole file."""
    info = MP3.index(b"Info")
    only_frames = MP3[: info + 7] + b"\x01" + MP3[info + 8 :]
    last = without_info_frame(MP3).rindex(b"\xff\xfb")
    kept = examine(only_frames[: len(MP3) - len(without_info_frame(MP3)) + last], ORDER)
    assert [finding.check_id for finding in kept.findings] == ["truncated"]


def test_clipping_is_found_though_the_encoder_rounds_it_off():
    loud = as_wav(Sound((chatter(1.5).samples * 3).clip(-1, 1), 44100))
    kept = examine(loud, ORDER)
    assert kept.measurement.clipped_runs == measure(decode(loud)).clipped_runs
    assert measure(decode(kept.data)).clipped_runs != kept.measurement.clipped_runs
    assert kept.findings[0].check_id == "audio_clipping"
    assert kept.findings[0].severity == "fail"


def test_findings_are_about_the_line_too():
    order = ExamineOptions(output_format="mp3_44100_128", max_duration=1.0)
    assert [finding.check_id for finding in examine(MP3, order).findings] == ["too_long"]
    silent = examine(as_wav(silence(1.0)), order)
    assert [finding.check_id for finding in silent.findings] == ["silent"]


def test_an_unknown_order_is_refused():
    with pytest.raises(UnknownFormat):
        examine(WAV, ExamineOptions(output_format="flac_44100"))
    with pytest.raises(UnknownFormat):
        examine(WAV[44:], ExamineOptions(output_format="mp3_44100_128", source_format="ulaw_8000"))


def test_results_and_errors_cross_a_process_pool():
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        assert pool.submit(examine, MP3, ORDER).result() == examine(MP3, ORDER)
        with pytest.raises(TruncatedAudio, match="breaks off"):
            pool.submit(examine, MP3[:-1], ORDER).result()


def test_the_order_and_the_result_are_values():
    kept = examine(MP3, ORDER)
    assert pickle.loads(pickle.dumps((ORDER, kept))) == (ORDER, kept)  # noqa: S301 - our own


def examined_or_refused(data: bytes, order: ExamineOptions) -> Examined | None:
    try:
        return examine(data, order)
    except AudioError as error:
        assert str(error)
        return None


FORMATS = st.sampled_from([None, "pcm_8000", "pcm_44100", "mp3_44100_128", "wav_22050"])
STARTS = st.sampled_from(
    [b"", b"ID3", b"\xff\xfb\x90\xc0", b"RIFF\0\0\0\0WAVE", MP3[:30], WAV[:44]]
)


@given(start=STARTS, rest=st.binary(max_size=3000), source_format=FORMATS)
@example(start=b"", rest=b"", source_format=None)
@settings(deadline=None)
def test_any_bytes_are_examined_or_refused_by_name(start, rest, source_format):
    order = ExamineOptions(output_format="mp3_8000_8", tags=TAGS, source_format=source_format)
    examined_or_refused(start + rest, order)


@given(
    data=st.sampled_from([MP3[:6000], MP3, WAV[:6000], without_info_frame(MP3)[: 417 * 9]]),
    damage=st.lists(st.tuples(st.integers(0, 5999), st.integers(0, 255)), max_size=5),
    end=st.integers(0, 100_000),
)
@settings(deadline=None)
def test_damaged_recordings_are_examined_or_refused_by_name(data, damage, end):
    damaged = bytearray(data)
    for position, value in damage:
        damaged[position % len(data)] = value
    kept = examined_or_refused(bytes(damaged[:end]), ORDER)
    if kept is not None:
        assert kept.measurement.duration > 0
        assert decode(kept.data).duration == kept.measurement.duration
