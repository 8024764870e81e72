import io

import av
import mutagen.id3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audio.decoding import decode
from apps.audio.errors import NotAudio
from apps.audio.tagging import Tags, add_texts, frames_sha256, read_tags, tag_mp3
from tests.audio.generated import as_mp3, as_wav, chatter

MP3 = as_mp3(chatter(0.6))
FULL = Tags(
    title="Intro_1",
    artist="Annie",
    album="Der goldene Drache",
    genre="Speech",
    comment="Spoken on a rainy day – 龍",
    copyright="CC BY 4.0",
    extra={"voice_id": "en+Annie", "Voice_ID": "another", "text": "«Größer», sagte sie."},
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def test_what_is_written_is_read_again():
    assert read_tags(tag_mp3(MP3, FULL)) == FULL


def test_another_reader_sees_the_same():
    with av.open(io.BytesIO(tag_mp3(MP3, FULL)), "r") as container:
        facts = container.metadata
    assert (facts["title"], facts["artist"], facts["genre"]) == ("Intro_1", "Annie", "Speech")
    assert facts["comment"] == FULL.comment
    assert facts["text"] == FULL.extra["text"]


def test_the_version_is_2_3_and_the_comment_is_english():
    data = tag_mp3(MP3, FULL)
    assert data[:4] == b"ID3\x03"
    frames = mutagen.id3.ID3(io.BytesIO(data), translate=False)
    assert frames.getall("COMM")[0].lang == "eng"
    assert sorted(frame.desc for frame in frames.getall("TXXX")) == sorted(FULL.extra)


def test_empty_values_are_not_written():
    data = tag_mp3(MP3, Tags(title="Only this", extra={"empty": ""}))
    assert list(mutagen.id3.ID3(io.BytesIO(data))) == ["TIT2"]
    assert tag_mp3(MP3, Tags()) == MP3


def test_new_tags_take_the_place_of_all_old_ones():
    old = tag_mp3(MP3, FULL) + b"TAG" + b"old title".ljust(125, b"\0")
    data = tag_mp3(old, Tags(title="New"))
    assert read_tags(data) == Tags(title="New")
    assert b"old title" not in data


def test_a_nul_is_left_out():
    tags = tag_mp3(MP3, Tags(title="a\0b", extra={"k\0ey": "v\0"}))
    assert read_tags(tags) == Tags(title="ab", extra={"key": "v"})


def test_the_hash_is_of_the_frames_alone():
    once = tag_mp3(MP3, FULL)
    assert frames_sha256(once) == frames_sha256(MP3)
    assert frames_sha256(once) != frames_sha256(as_mp3(chatter(0.6, seed=2)))
    louder = bytearray(MP3)
    louder[-200] ^= 1
    assert frames_sha256(bytes(louder)) != frames_sha256(MP3)


def test_tagging_does_not_change_what_is_heard():
    assert (decode(tag_mp3(MP3, FULL)).samples == decode(MP3).samples).all()


@given(title=texts, comment=texts, extra=st.dictionaries(texts, texts, max_size=4))
def test_any_text_survives_and_the_hash_stays(title, comment, extra):
    tags = Tags(title=title, comment=comment, extra=extra)
    data = tag_mp3(MP3, tags)
    kept = {key: value for key, value in extra.items() if value}
    assert read_tags(data) == Tags(title=title, comment=comment, extra=kept)
    assert frames_sha256(data) == frames_sha256(MP3)
    assert data.endswith(MP3)


@pytest.mark.parametrize("data", [b"", MP3, b"ID3\x03\0\0\0\0\0\x7fbroken", b"<html>"])
def test_no_tags_are_no_error(data):
    assert read_tags(data) == Tags()


@pytest.mark.parametrize("data", [b"", b"<html>", as_wav(chatter(0.1))])
def test_only_an_mp3_is_tagged(data):
    with pytest.raises(NotAudio):
        tag_mp3(data, FULL)
    with pytest.raises(NotAudio):
        frames_sha256(data)


def test_texts_are_added_beside_what_is_there_and_over_nothing():
    """Also a picture stays, which no field of Tags holds."""
    target = io.BytesIO(tag_mp3(MP3, FULL))
    frames = mutagen.id3.ID3(target)
    frames.add(mutagen.id3.APIC(mime="image/png", type=3, data=b"a picture"))
    frames.save(target, v2_version=3)
    before = target.getvalue()
    data = add_texts(before, {"approved_by": "Zoë", "text": "other words", "empty": ""})
    assert read_tags(data).extra == {**FULL.extra, "approved_by": "Zoë"}
    assert mutagen.id3.ID3(io.BytesIO(data)).getall("APIC")[0].data == b"a picture"
    assert data[:4] == b"ID3\x03"
    assert frames_sha256(data) == frames_sha256(before) == frames_sha256(MP3)


def test_texts_that_are_all_there_change_no_byte():
    data = add_texts(tag_mp3(MP3, FULL), {"approved_by": "Ada"})
    assert add_texts(data, {"approved_by": "Grace", "empty": ""}) == data
    assert add_texts(tag_mp3(MP3, FULL), {"approved_by": "Ada"}) == data, "the same each time"


def test_texts_are_added_to_a_file_without_tags():
    assert read_tags(add_texts(MP3, {"approved_by": "Ada"})).extra == {"approved_by": "Ada"}
    with pytest.raises(NotAudio):
        add_texts(as_wav(chatter(0.6)), {"approved_by": "Ada"})
