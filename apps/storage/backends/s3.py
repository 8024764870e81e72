"""A place in an S3 bucket, at Amazon or at a service that speaks the same protocol."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from io import BytesIO
from typing import Any

import boto3
from botocore import exceptions as faults
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.utils.http import content_disposition_header
from storages.backends.s3 import S3Storage

from apps.storage.backends.clients import PerProcess
from apps.storage.errors import ObjectMissing, StorageError
from apps.storage.keys import check_key
from apps.storage.objects import ListedObject, Stat
from apps.storage.places import Place
from apps.storage.reasons import Reason, Reasons
from apps.storage.streams import Stream

LIMITS: dict[str, Any] = {
    "connect_timeout": 5,  # seconds
    "read_timeout": 30,
    "retries": {"mode": "standard", "total_max_attempts": 3},
    "max_pool_connections": 64,
    # Uploads carry an MD5, which every service checks; the newer trailing checksums only some.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}
DELETE_AT_ONCE = 1000  # the protocol's limit

NO_CREDENTIALS = (
    faults.NoCredentialsError,
    faults.PartialCredentialsError,
    faults.CredentialRetrievalError,
    faults.ProfileNotFound,
)
TOO_SLOW = (faults.ConnectTimeoutError, faults.ReadTimeoutError)
CUT_SHORT = (faults.IncompleteReadError, faults.ResponseStreamingError)
UNREACHABLE = (faults.ConnectionError, faults.HTTPClientError)


class S3Bucket(S3Storage):  # type: ignore[misc]  # comes without types
    """The STORAGES backend: django-storages' own, with our time limits."""

    client_config: Config

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.client_config = self.client_config.merge(Config(**LIMITS))


@PerProcess
def s3_client(
    endpoint_url: str | None,
    region_name: str | None,
    access_key: str | None,
    profile: str | None,
    secret_key: str | None,
    token: str | None,
    addressing_style: str | None,
) -> Any:
    session = boto3.Session(
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        aws_session_token=token,
        region_name=region_name,
        profile_name=profile,
    )
    style = {"addressing_style": addressing_style or "auto"}
    config = Config(signature_version="s3v4", s3=style, **LIMITS)
    return session.client("s3", endpoint_url=endpoint_url, config=config)


class S3Place(Place):
    vendor_errors = (BotoCoreError, ClientError)

    def __init__(self, alias: str, storage: S3Bucket) -> None:
        super().__init__(alias, storage)
        self.bucket = storage.bucket_name
        self._prefix = f"{storage.location.strip('/')}/".lstrip("/")
        self._reasons = Reasons(alias, storage.bucket_name)

    def signed_url(self, key: str, seconds: int, *, filename: str | None = None) -> str | None:
        params = self._at(check_key(key))
        if filename:
            params["ResponseContentDisposition"] = content_disposition_header(True, filename)
        with self._guarded("sign", key):
            return str(self._client.generate_presigned_url("get_object", params, ExpiresIn=seconds))

    @property
    def _client(self) -> Any:
        ours = self._storage
        return s3_client(
            *self._account, ours.secret_key, ours.security_token, ours.addressing_style
        )

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self._prefix + key}

    def _create(self, key: str, data: bytes, content_type: str, cache: str | None) -> bool:
        # Asked first, because some services ignore the condition and would overwrite; among
        # concurrent writers only the condition decides.
        if self._stat(key) is not None:
            return False
        try:
            self._upload(key, data, content_type, cache, IfNoneMatch="*")
        except ClientError as error:
            if _status(error) == 412:
                return False
            raise
        return True

    def _put(self, key: str, data: bytes, content_type: str, cache: str | None) -> None:
        self._upload(key, data, content_type, cache)

    def _upload(
        self, key: str, data: bytes, content_type: str, cache: str | None, **conditions: str
    ) -> None:
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        if cache:
            conditions["CacheControl"] = cache
        self._client.put_object(
            **self._at(key),
            **conditions,
            Body=data,
            ContentType=content_type,
            ContentMD5=base64.b64encode(digest).decode(),
        )

    def _delete(self, key: str) -> bool:
        if self._stat(key) is None:
            return False
        self._client.delete_object(**self._at(key))
        return True

    def _delete_many(self, keys: Sequence[str]) -> dict[str, StorageError | None]:
        outcome: dict[str, StorageError | None] = {}
        for start in range(0, len(keys), DELETE_AT_ONCE):
            outcome |= self._delete_some(keys[start : start + DELETE_AT_ONCE])
        return outcome

    def _delete_some(self, keys: Sequence[str]) -> dict[str, StorageError | None]:
        objects = [{"Key": self._prefix + key} for key in keys]
        outcome: dict[str, StorageError | None] = dict.fromkeys(keys)
        try:
            with self._guarded("delete", keys[0]):
                answer = self._client.delete_objects(
                    Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True}
                )
        except StorageError as error:
            return dict.fromkeys(keys, error)
        for failed in answer.get("Errors", []):
            key = failed["Key"].removeprefix(self._prefix)
            reason = self._reasons.credentials(f"{failed['Code']} {failed['Message']}")
            outcome[key] = self._failed("delete", key, reason)
        return outcome

    def _open(self, key: str, start: int, end: int | None) -> Stream:
        guard = partial(self._guarded, "read", key)
        last = "" if end is None else end - 1
        wanted = {"Range": f"bytes={start}-{last}"} if start or end is not None else {}
        try:
            answer = self._client.get_object(**self._at(key), **wanted)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise ObjectMissing(self.alias, key) from error
            if _status(error) == 416:
                return Stream(BytesIO(), guard=guard)
            raise
        # A server may ignore Range and send everything.
        skip = 0 if "ContentRange" in answer else start
        length = None if end is None else end - start
        return Stream(answer["Body"], skip=skip, length=length, guard=guard)

    def _stat(self, key: str) -> Stat | None:
        try:
            head = self._client.head_object(**self._at(key))
        except ClientError as error:
            if _status(error) == 404:
                return None
            raise
        return Stat(head["ContentLength"], head["ETag"].strip('"'), head["LastModified"])

    def _list(self, prefix: str) -> Iterator[ListedObject]:
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=self._prefix + prefix):
            for found in page.get("Contents", []):
                yield ListedObject(
                    found["Key"].removeprefix(self._prefix),
                    found["Size"],
                    found["ETag"].strip('"'),
                    found["LastModified"],
                )

    @property
    def _account(self) -> tuple[str | None, ...]:
        """Where the bucket is and who asks: equal for places whose servers can copy directly."""
        ours = self._storage
        return ours.endpoint_url, ours.region_name, ours.access_key, ours.session_profile

    def _shares_provider_with(self, other: Place) -> bool:
        return isinstance(other, S3Place) and self._account == other._account

    def _copy(self, other: "S3Place", src: str, dst: str) -> Stat:
        source = other._existing(src)
        answer = self._client.copy_object(
            **self._at(dst), CopySource=other._at(src), CopySourceIfMatch=source.etag
        )
        made = answer["CopyObjectResult"]
        if made.get("ETag", "").strip('"') == source.etag:
            return Stat(source.size, source.etag, made.get("LastModified", source.modified))
        # Equal ETags are equal MD5s. Of objects sent in parts or encrypted they differ: read then.
        if self.sha256(dst) != other.sha256(src):
            raise self._differs(src, dst)
        return self._existing(dst)

    def _explain(self, error: Exception) -> Reason:
        if isinstance(error, ClientError):
            told = error.response["Error"]
            words = f"{told.get('Code')} {told.get('Message', '')}".strip()
            return self._reasons.of_status(_status(error), words)
        said = str(error).rstrip(".")
        if isinstance(error, NO_CREDENTIALS):
            return self._reasons.credentials(said)
        if isinstance(error, TOO_SLOW):
            return self._reasons.too_slow(said)
        if isinstance(error, CUT_SHORT):
            return self._reasons.damaged(said)
        if isinstance(error, UNREACHABLE):
            return self._reasons.unreachable(said)
        return self._reasons.unknown(said)


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
