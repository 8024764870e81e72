"""What no log line holds."""

import pytest

from voicecms.logs import logging_config, without_tokens

TOKEN = "XdlXCPc5-cVXA33ieofVqrKXvpuL3l3NQpfwSnE4EMM"


@pytest.mark.parametrize(
    "path",
    [
        f"GET /review/{TOKEN}/audio/12/",
        f"Not Found: /review//{TOKEN}/",
        f"/review/%20{TOKEN}/",
        f"/review/%3C{TOKEN}%3E/",
        f"/review/=3D{TOKEN}/",
        f"/review/%3D{TOKEN}/",
        f"/REVIEW/{TOKEN}/",
        f"/r/{TOKEN}",
        f"/review/{TOKEN[:20]}",
    ],
)
def test_a_token_is_in_no_line(path):
    said = without_tokens(None, "", {"event": path, "status": 404})
    assert TOKEN[:20] not in said["event"] and "…" in said["event"]


@pytest.mark.parametrize(
    "path",
    [
        "/audio/Lantern/Annie-en+Annie/20261121-101500-Anni/takes/Intro_1_take_3.mp3",
        f"/audio/Lantern/{'x' * 43}.mp3",
        f"/audio/{'x' * 60}/a.mp3",
        "/api/generate/0f1c2d3e-4b5a-6978-8796-a5b4c3d2e1f0/status",
    ],
)
def test_other_addresses_are_said_whole(path):
    assert without_tokens(None, "", {"event": path})["event"] == path


def test_a_level_that_is_none_ends_the_program():
    with pytest.raises(SystemExit, match="use DEBUG, INFO"):
        logging_config(level="LOUD", file="")


def test_a_file_gets_json_beside_the_console():
    assert list(logging_config(level="info", file="")["handlers"]) == ["console"]
    config = logging_config(level="info", file="/nowhere/log")
    assert config["root"] == {"handlers": ["console", "file"], "level": "INFO"}
    assert config["handlers"]["file"]["formatter"] == "json"
