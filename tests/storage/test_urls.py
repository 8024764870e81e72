"""Places from environment variables."""

from pathlib import Path

import pytest

from apps.storage.classes import ACCEPTED, AssetClass, WrongAssetClass, accepted_by
from apps.storage.classes import check_asset_class as check
from apps.storage.urls import (
    STORAGE_ALIASES,
    BadStorageURL,
    storage_from_url,
    storages_from_environ,
)

BASE = Path("/base")
FILE = "django.core.files.storage.FileSystemStorage"


def location(url: str) -> str:
    entry = storage_from_url(url, base_dir=BASE)
    assert entry["BACKEND"] == FILE
    return entry["OPTIONS"]["location"]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///srv/audio", "/srv/audio"),
        ("file://localhost/srv/audio", "/srv/audio"),
        ("file:/srv/audio", "/srv/audio"),
        ("file:var/audio", "/base/var/audio"),
        ("file:./audio", "/base/audio"),
        ("file://./audio", "/base/audio"),
        ("file://../audio", "/audio"),
        ("file:///srv/my%20audio%3F", "/srv/my audio?"),
        ("FILE:///srv", "/srv"),
    ],
)
def test_file_urls(url: str, path: str) -> None:
    assert location(url) == path


def test_s3_url() -> None:
    url = (
        "s3://voice-prod/games/de%20x/?endpoint_url=http://127.0.0.1:9000&region_name=eu-central-1"
        "&access_key=AK&secret_key=a+b/c%3D%26&addressing_style=path"
    )
    assert storage_from_url(url, base_dir=BASE) == {
        "BACKEND": "apps.storage.backends.s3.S3Bucket",
        "OPTIONS": {
            "bucket_name": "voice-prod",
            "location": "games/de x",
            "endpoint_url": "http://127.0.0.1:9000",
            "region_name": "eu-central-1",
            "access_key": "AK",
            "secret_key": "a+b/c=&",
            "addressing_style": "path",
        },
    }


def test_gs_url() -> None:
    assert storage_from_url(
        "gs://voice.prod?endpoint=https://gcs.example&project=p", base_dir=BASE
    ) == {
        "BACKEND": "apps.storage.backends.gcs.GCSBucket",
        "OPTIONS": {
            "bucket_name": "voice.prod",
            "location": "",
            "endpoint": "https://gcs.example",
            "project_id": "p",
        },
    }


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("/srv/audio", "must begin with file:, s3: or gs:"),
        ("https://bucket.example/x", "must begin with file:, s3: or gs:"),
        ("file://srv/audio", "'srv' stands where a host is named"),
        ("file:", "path is empty"),
        ("file:///a?x=1", "takes no options"),
        ("file:///a#b", "takes no options"),
        ("file:///a%00b", "holds a NUL"),
        ("s3:///prefix", "bucket's name is missing"),
        ("s3://key:secret@bucket/prefix", "mixed with credentials"),
        ("s3://bucket/a/../b", "the prefix cannot be used"),
        ("s3://bucket/a#b", "begins no option"),
        ("s3://bucket?region=eu", "unknown option 'region'; known are endpoint_url, region_name"),
        ("s3://bucket?region_name=", "empty or given twice"),
        ("s3://bucket?region_name=a&region_name=b", "empty or given twice"),
        ("s3://bucket?access_key=a", "come together"),
        ("s3://bucket?access_key=a&secret_key=b&profile=c", "exclude each other"),
        ("s3://bucket?endpoint_url=minio:9000", "must begin with http:// or https://"),
        ("gs://bucket?endpoint=localhost", "must begin with http:// or https://"),
        ("gs://bucket?region_name=eu", "unknown option 'region_name'"),
        ("s3://[bucket/x", "this is no URL"),
    ],
)
def test_bad_urls_name_the_variable_and_the_fault(url: str, fault: str) -> None:
    with pytest.raises(BadStorageURL, match=fault) as caught:
        storages_from_environ({"STORAGE_COURSE_PROD": url}, base_dir=BASE, audio_root=BASE)
    assert str(caught.value).startswith("STORAGE_COURSE_PROD: ")


def test_secrets_are_not_repeated() -> None:
    for url in ("s3://key:hush@bucket", "s3://b?secret_key=hush", "s3://b?secret_key=hush&x=hush"):
        with pytest.raises(BadStorageURL) as caught:
            storage_from_url(url, base_dir=BASE)
        assert "hush" not in str(caught.value)


def test_defaults_are_folders() -> None:
    made = storages_from_environ({}, base_dir=BASE, audio_root=Path("/audio"))
    assert tuple(made) == STORAGE_ALIASES
    places = {alias: entry["OPTIONS"]["location"] for alias, entry in made.items()}
    assert places.pop("takes") == "/audio"
    assert places == {alias: f"/base/var/storage/{alias}" for alias in STORAGE_ALIASES[1:]}
    assert {entry["BACKEND"] for entry in made.values()} == {FILE}


def test_an_empty_variable_is_unset_and_others_are_ignored() -> None:
    environ = {"STORAGE_TAKES": " ", "STORAGE_DEV": "file:dev", "STORAGE_OTHER": "nonsense"}
    made = storages_from_environ(environ, base_dir=BASE, audio_root=Path("/audio"))
    assert made["takes"]["OPTIONS"]["location"] == "/audio"
    assert made["dev"]["OPTIONS"]["location"] == "/base/dev"
    assert "other" not in made


def test_which_place_accepts_what() -> None:
    accepted = {alias: {str(item) for item in accepted_by(alias)} for alias in ACCEPTED}
    assert accepted == {
        "takes": {"take", "system"},
        "drafts": {"draft", "system"},
        "dev": {"item", "system"},
        "prod": {"item", "system"},
        "repo": {"item", "system"},
        "course_stage": {"course", "system"},
        "course_prod": {"course", "system"},
        "canonical": {"canonical", "system"},
    }


def test_an_unknown_place_accepts_nothing() -> None:
    for asset_class in AssetClass:
        with pytest.raises(WrongAssetClass, match="'default' accepts nothing"):
            check("default", asset_class)
