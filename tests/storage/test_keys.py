"""Names and keys: what is refused, why, and that nothing is ever altered."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.storage.keys import BadName, UnsafeKey, check_key, check_name, check_prefix, is_key

ANY_TEXT = st.text(st.characters(), max_size=60)
HOSTILE = st.lists(
    st.sampled_from(["..", ".", "", "/", "\\", "a", "\0", "con", "é", "e\u0301", " ", "%2e%2e"]),
    max_size=8,
).map("".join)


@pytest.mark.parametrize(
    "name",
    [
        "Jingwei (1)",
        "Señora Ñ-EXAVITQu4vr4xnSDxMaL",
        " spaces kept ",
        "general-intro1_v003.mp3",
        "what? *: \"yes\" <b>'it' | is~",
        "UPPER lower",
        "精衛",
        "می‌خواهم",
        "a..b",
        "%2e%2e%2f",
        "CONSOLE",
        "com",
        "nul-line",
        "x" * 200,
        "é" * 100,
    ],
)
def test_names_kept_as_they_are(name: str) -> None:
    assert check_name(name) == name
    assert check_key(f"{name}/{name}") == f"{name}/{name}"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "is empty"),
        (".", "begins with a dot"),
        ("..", "begins with a dot"),
        (".git", "begins with a dot"),
        ("a/b", r"contains the separator / \(U\+002F at position 2\)"),
        ("ab\\", r"contains the separator \\ \(U\+005C at position 3\)"),
        ("a\0", r"contains a control character \(U\+0000 at position 2\)"),
        ("a\nb", r"contains a control character \(U\+000A at position 2\)"),
        ("\x7f", r"contains a control character \(U\+007F at position 1\)"),
        ("\x85", r"contains a control character \(U\+0085 at position 1\)"),
        ("a\u2028", r"contains a line separator \(U\+2028 at position 2\)"),
        ("a\u202egpj", r"turns the direction of writing \(U\+202E at position 2\)"),
        ("a\udc80", r"contains half a character \(U\+DC80 at position 2\)"),
        ("CON", "is reserved by Windows"),
        ("nul.mp3", "is reserved by Windows"),
        ("Com1.tar.gz", "is reserved by Windows"),
        ("LPT9 ", "is reserved by Windows"),
        ("aux .mp3", "is reserved by Windows"),
        ("x" * 201, "is 201 bytes long; at most 200"),
        ("é" * 101, "is 202 bytes long; at most 200"),
        ("cafe\u0301", r"is not composed at position 4 \(U\+0065\)"),
    ],
)
def test_names_refused_with_the_reason(name: str, fault: str) -> None:
    with pytest.raises(BadName, match=fault):
        check_name(name)


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        ("/etc/passwd", "is absolute"),
        ("//host/share", "is absolute"),
        ("C:\\x", "separator"),
        ("a/../b", "begins with a dot"),
        ("a//b", "is empty"),
        ("a/", "is empty"),
        ("", "is empty"),
        ("a/./b", "begins with a dot"),
        ("a/.tmp-1", "begins with a dot"),
        ("/".join(["x" * 199] * 5) + "/12", "is 1002 bytes long; at most 1000"),
    ],
)
def test_keys_refused_with_the_reason(key: str, fault: str) -> None:
    with pytest.raises(UnsafeKey, match=fault):
        check_key(key)
    assert not is_key(key)


def test_longest_key() -> None:
    key = "/".join(["x" * 199] * 5)
    assert len(key) == 999
    assert is_key(key + "x")


@given(ANY_TEXT | HOSTILE)
@example("a\u0344")
@example("\u0958")
@example("..%2f")
def test_a_key_is_kept_or_refused_and_never_leaves_the_root(key: str) -> None:
    root = Path("/srv/root")
    try:
        kept = check_key(key)
    except UnsafeKey as error:
        assert str(error)
        return
    assert kept == key
    path = os.path.normpath(root / key)
    assert path == f"{root}/{key}"
    assert Path(path).is_relative_to(root)
    assert "Cc" not in map(unicodedata.category, key)
    assert len(key.encode()) <= 1000


@given(ANY_TEXT.map(lambda text: text.replace("/", "")))
def test_a_name_is_a_key_of_one_segment(name: str) -> None:
    try:
        check_name(name)
    except BadName:
        assert not is_key(name)
    else:
        assert is_key(name)


@pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b c/", "audio/de/general-intro1"])
def test_prefixes(prefix: str) -> None:
    assert check_prefix(prefix) == prefix


@pytest.mark.parametrize("prefix", ["/", "//", "../", "a//", "a/../", "/a", "a/.", "\0"])
def test_prefixes_refused(prefix: str) -> None:
    with pytest.raises(UnsafeKey):
        check_prefix(prefix)
