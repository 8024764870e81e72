"""Reads URLs of places: `STORAGE_PROD=s3://bucket/prefix?region_name=eu-central-1`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from apps.storage.classes import ACCEPTED
from apps.storage.keys import UnsafeKey, check_key

STORAGE_ALIASES = tuple(ACCEPTED)

FILE_BACKEND = "django.core.files.storage.FileSystemStorage"
S3_BACKEND = "apps.storage.backends.s3.S3Bucket"
GCS_BACKEND = "apps.storage.backends.gcs.GCSBucket"

# Query parameter of the URL -> option of the backend. Credentials belong into the environment
# (AWS_ACCESS_KEY_ID…, GOOGLE_APPLICATION_CREDENTIALS); access_key and secret_key are for
# buckets of several owners.
S3_OPTIONS = {
    "endpoint_url": "endpoint_url",
    "region_name": "region_name",
    "access_key": "access_key",
    "secret_key": "secret_key",
    "profile": "session_profile",
    "addressing_style": "addressing_style",
}
GCS_OPTIONS = {"endpoint": "endpoint", "project": "project_id"}


class BadStorageURL(ValueError):
    """The URL of a place is malformed; the message leaves out secrets."""


def storages_from_environ(
    environ: Mapping[str, str], *, base_dir: Path, audio_root: Path
) -> dict[str, dict[str, Any]]:
    """Entries for Django's STORAGES from `STORAGE_<ALIAS>`, one for each alias.

    An unset or empty variable means a folder: `audio_root` for takes,
    `base_dir`/var/storage/<alias> for other aliases. Raises BadStorageURL naming the variable.
    """
    entries = {}
    for alias in STORAGE_ALIASES:
        folder = audio_root if alias == "takes" else base_dir / "var" / "storage" / alias
        variable = f"STORAGE_{alias.upper()}"
        try:
            url = environ.get(variable, "").strip()
            entries[alias] = storage_from_url(url, base_dir=base_dir) if url else _folder(folder)
        except BadStorageURL as error:
            raise BadStorageURL(f"{variable}: {error}") from error
    return entries


def storage_from_url(url: str, *, base_dir: Path) -> dict[str, Any]:
    """One STORAGES entry; relative file paths start at `base_dir`. Raises BadStorageURL."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadStorageURL(f"this is no URL ({error}).") from error
    if parts.scheme == "file":
        return _file(parts, base_dir)
    if parts.scheme == "s3":
        return _s3(parts)
    if parts.scheme == "gs":
        return {"BACKEND": GCS_BACKEND, "OPTIONS": _bucket(parts, GCS_OPTIONS)}
    raise BadStorageURL(
        "the URL must begin with file:, s3: or gs:, for example file:///srv/audio,"
        " s3://bucket/prefix or gs://bucket/prefix."
    )


def _file(parts: SplitResult, base_dir: Path) -> dict[str, Any]:
    if parts.netloc not in ("", "localhost", ".", ".."):
        raise BadStorageURL(
            f"{parts.netloc!r} stands where a host is named; write file:///absolute/path"
            f" or file:relative/path."
        )
    if parts.query or parts.fragment:
        raise BadStorageURL("a file URL takes no options; write ? as %3F and # as %23.")
    host = "" if parts.netloc == "localhost" else parts.netloc
    path = unquote(host + parts.path)
    if not path or "\0" in path:
        raise BadStorageURL("the path is empty or holds a NUL.")
    return _folder(base_dir / path)


def _folder(path: Path) -> dict[str, Any]:
    return {"BACKEND": FILE_BACKEND, "OPTIONS": {"location": str(path.resolve())}}


def _s3(parts: SplitResult) -> dict[str, Any]:
    options = _bucket(parts, S3_OPTIONS)
    if ("access_key" in options) != ("secret_key" in options):
        raise BadStorageURL("access_key and secret_key come together or not at all.")
    if "session_profile" in options and "access_key" in options:
        raise BadStorageURL("profile and access_key exclude each other.")
    return {"BACKEND": S3_BACKEND, "OPTIONS": options}


def _bucket(parts: SplitResult, known: Mapping[str, str]) -> dict[str, str]:
    if not parts.netloc or parts.netloc != parts.netloc.strip(":@") or "@" in parts.netloc:
        raise BadStorageURL(
            f"the bucket's name is missing or mixed with credentials;"
            f" write {parts.scheme}://bucket/prefix."
        )
    if parts.fragment:
        raise BadStorageURL("a # begins no option; write it as %23.")
    location = unquote(parts.path).strip("/")
    try:
        location = check_key(location) if location else ""
    except UnsafeKey as error:
        raise BadStorageURL(f"the prefix cannot be used. {error}") from error
    return {"bucket_name": parts.netloc, "location": location, **_options(parts.query, known)}


def _options(query: str, known: Mapping[str, str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        # Not parse_qsl, which reads the + of a secret key as a space.
        name, value = map(unquote, pair.partition("=")[::2])
        if name not in known:
            raise BadStorageURL(f"unknown option {name!r}; known are {', '.join(known)}.")
        if not value or known[name] in options:
            raise BadStorageURL(f"option {name!r} is empty or given twice.")
        if name.startswith("endpoint") and not value.startswith(("http://", "https://")):
            raise BadStorageURL(f"option {name!r} must begin with http:// or https://.")
        options[known[name]] = value
    return options
