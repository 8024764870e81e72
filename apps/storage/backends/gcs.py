"""A place in a bucket of Google Cloud Storage."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import requests
from django.utils.http import content_disposition_header
from google.api_core.exceptions import (
    GoogleAPICallError,
    GoogleAPIError,
    NotFound,
    PreconditionFailed,
    RetryError,
)
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, TransportError
from google.cloud.storage import Blob, Bucket, Client
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.retry import DEFAULT_RETRY
from storages.backends.gcloud import GoogleCloudStorage

from apps.storage.backends.clients import PerProcess
from apps.storage.errors import ObjectMissing
from apps.storage.keys import check_key
from apps.storage.objects import ListedObject, Stat
from apps.storage.places import Place
from apps.storage.reasons import Reason, Reasons
from apps.storage.streams import Stream

LIMITS: dict[str, Any] = {
    "timeout": (5, 30),  # seconds to connect, seconds between two answers
    "retry": DEFAULT_RETRY.with_timeout(15),
}
CHUNK = 1024 * 1024  # bytes asked for at once
LISTED = "items(name,size,generation,updated),nextPageToken"
CONNECTIONS = 64


class GCSBucket(GoogleCloudStorage):  # type: ignore[misc]  # comes without types
    """The STORAGES backend: django-storages' own, with an `endpoint` and the shared client."""

    endpoint: str | None

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "endpoint": None}

    @property
    def client(self) -> Client:
        return gcs_client(self.project_id, self.credentials, self.endpoint)

    @property
    def bucket(self) -> Bucket:
        return self.client.bucket(self.bucket_name)


@PerProcess
def gcs_client(
    project: str | None, credentials: Credentials | None, endpoint: str | None
) -> Client:
    client = Client(
        project=project,
        credentials=credentials,
        client_options={"api_endpoint": endpoint} if endpoint else None,
        # Credentials must not travel unencrypted; such an endpoint is an emulator's.
        use_auth_w_custom_endpoint=not (endpoint or "").startswith("http:"),
    )
    for scheme in ("http://", "https://"):
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=CONNECTIONS)
        client._http.mount(scheme, adapter)  # the vendor's advice for many threads
    return client


class GCSPlace(Place):
    vendor_errors = (
        GoogleAPIError,
        GoogleAuthError,
        InvalidResponse,
        DataCorruption,
        requests.RequestException,
    )

    def __init__(self, alias: str, storage: GCSBucket) -> None:
        super().__init__(alias, storage)
        self._prefix = f"{storage.location.strip('/')}/".lstrip("/")
        self._reasons = Reasons(alias, storage.bucket_name)

    def signed_url(self, key: str, seconds: int, *, filename: str | None = None) -> str | None:
        check_key(key)
        options: dict[str, Any] = {"version": "v4", "expiration": timedelta(seconds=seconds)}
        if filename:
            options["response_disposition"] = content_disposition_header(True, filename)
        if self._storage.endpoint:
            options["api_access_endpoint"] = self._storage.endpoint
        with self._guarded("sign", key):
            try:
                return str(self._blob(key).generate_signed_url(**options))
            except AttributeError:  # these credentials hold no key to sign with
                return None

    @property
    def _bucket(self) -> Bucket:
        return self._storage.bucket

    def _blob(self, key: str) -> Blob:
        return self._bucket.blob(self._prefix + key)

    def _found(self, key: str) -> Blob | None:
        return self._bucket.get_blob(self._prefix + key, **LIMITS)

    def _create(self, key: str, data: bytes, content_type: str, cache: str | None) -> bool:
        try:
            self._upload(key, data, content_type, cache, if_generation_match=0)
        except PreconditionFailed:
            return False
        return True

    def _put(self, key: str, data: bytes, content_type: str, cache: str | None) -> None:
        self._upload(key, data, content_type, cache)

    def _upload(
        self, key: str, data: bytes, content_type: str, cache: str | None, **conditions: int
    ) -> None:
        blob = self._blob(key)
        if cache:
            blob.cache_control = cache
        blob.upload_from_string(data, content_type=content_type, **conditions, **LIMITS)

    def _delete(self, key: str) -> bool:
        try:
            self._bucket.delete_blob(self._prefix + key, **LIMITS)
        except NotFound:
            return False
        return True

    def _open(self, key: str, start: int, end: int | None) -> Stream:
        blob = self._found(key)
        if blob is None:
            raise ObjectMissing(self.alias, key)
        length = None if end is None else end - start
        # Chunks of one generation: never half of an object and half of its successor.
        reader = blob.open(
            "rb",
            chunk_size=min(CHUNK, length or CHUNK),
            if_generation_match=blob.generation,
            **LIMITS,
        )
        reader.seek(start)
        return Stream(reader, length=length, guard=partial(self._guarded, "read", key))

    def _stat(self, key: str) -> Stat | None:
        blob = self._found(key)
        return None if blob is None else _stat(blob)

    def _list(self, prefix: str) -> Iterator[ListedObject]:
        blobs = self._storage.client.list_blobs(
            self._bucket, prefix=self._prefix + prefix, fields=LISTED, **LIMITS
        )
        for blob in blobs:
            found = _stat(blob)
            key = blob.name.removeprefix(self._prefix)
            yield ListedObject(key, found.size, found.etag, found.modified)

    def _shares_provider_with(self, other: Place) -> bool:
        return isinstance(other, GCSPlace) and self._storage.client is other._storage.client

    def _copy(self, other: "GCSPlace", src: str, dst: str) -> Stat:
        source = other._found(src)
        if source is None:
            raise ObjectMissing(other.alias, src)
        copy = self._blob(dst)
        token, _, _ = copy.rewrite(source, if_source_generation_match=source.generation, **LIMITS)
        while token:  # large objects are copied in several calls
            token, _, _ = copy.rewrite(source, token=token, **LIMITS)
        if (copy.crc32c, copy.size) != (source.crc32c, source.size):
            raise self._differs(src, dst)
        return _stat(copy)

    def _explain(self, error: Exception) -> Reason:
        cause = (error.cause if isinstance(error, RetryError) else None) or error
        said = str(cause).rstrip(".")
        if isinstance(cause, GoogleAPICallError) and cause.code:
            return self._reasons.of_status(int(cause.code), cause.message)
        if isinstance(cause, InvalidResponse):
            return self._reasons.of_status(cause.response.status_code, said)
        if isinstance(cause, DataCorruption):
            return self._reasons.damaged(said)
        if isinstance(cause, requests.ReadTimeout):
            return self._reasons.too_slow(said)
        if isinstance(cause, requests.RequestException | TransportError):
            return self._reasons.unreachable(said)
        if isinstance(cause, GoogleAuthError):
            return self._reasons.credentials(said)
        return self._reasons.unknown(said)


def _stat(blob: Blob) -> Stat:
    return Stat(blob.size, str(blob.generation), blob.updated)
