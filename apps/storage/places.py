"""A place: one STORAGES alias, behaving the same whether it is a disk, S3 or Google's storage."""

import hashlib
import io
import mimetypes
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.core.files.storage import InvalidStorageError, storages
from django.utils.module_loading import import_string

from apps.storage.classes import AssetClass, accepted_by, check_asset_class
from apps.storage.errors import ObjectMissing, StorageError
from apps.storage.keys import check_key, check_prefix, is_key
from apps.storage.objects import CopyResult, ListedObject, Stat
from apps.storage.reasons import Reason
from apps.storage.streams import Stream

# Backend -> place, by name: what a service is not used for is not imported either.
PLACES = {
    "django.core.files.storage.FileSystemStorage": "apps.storage.backends.files.FilePlace",
    "apps.storage.backends.s3.S3Bucket": "apps.storage.backends.s3.S3Place",
    "apps.storage.backends.gcs.GCSBucket": "apps.storage.backends.gcs.GCSPlace",
}
DELETE_THREADS = 16

Copies = list[CopyResult]


def get_place(alias: str) -> "Place":
    """The place of a STORAGES alias; cheap: ask again rather than keep it. Raises StorageError."""
    try:
        storage = storages[alias]
        entry: Any = settings.STORAGES[alias]
        place = PLACES[entry["BACKEND"]]
    except (InvalidStorageError, KeyError) as error:
        raise StorageError(
            f"There is no place {alias!r} that can be used ({error}).",
            temporary=False,
            needs=f"Set STORAGE_{alias.upper()} to a file:, s3: or gs: URL.",
        ) from error
    kind: type[Place] = import_string(place)
    return kind(alias, storage)


class Place(ABC):
    """Every method raises UnsafeKey for a key that could leave the place, StorageError when the
    place fails, ObjectMissing where an object is needed that is not there, and LeadsOut, which is
    both an UnsafeKey and a StorageError, for a link that leads elsewhere.
    """

    supports_symlinks: ClassVar[bool] = False
    vendor_errors: ClassVar[tuple[type[Exception], ...]]

    def __init__(self, alias: str, storage: Any) -> None:
        self.alias = alias
        self.accepts = accepted_by(alias)
        self._storage = storage

    # --- Writing -------------------------------------------------------------------------------

    def create(
        self,
        key: str,
        data: bytes,
        *,
        asset_class: AssetClass,
        content_type: str = "audio/mpeg",
        cache_control: str | None = None,
    ) -> bool:
        """Write the object in one step if there is none; False, and nothing changed, if there is.

        After a lost answer the retried request of a bucket's client may find its own object:
        compare what is there before taking False for somebody else's. Raises WrongAssetClass.
        """
        check_asset_class(self.alias, asset_class)
        with self._guarded("write", check_key(key)):
            return self._create(key, data, content_type, cache_control)

    def put(
        self,
        key: str,
        data: bytes,
        *,
        asset_class: AssetClass,
        content_type: str = "audio/mpeg",
        cache_control: str | None = None,
    ) -> None:
        """Write the object in one step, over what may be there. Raises WrongAssetClass."""
        check_asset_class(self.alias, asset_class)
        with self._guarded("write", check_key(key)):
            self._put(key, data, content_type, cache_control)

    def delete(self, key: str) -> bool:
        """Remove the object; False when there was none."""
        with self._guarded("delete", check_key(key)):
            return self._delete(key)

    def delete_many(self, keys: Iterable[str]) -> dict[str, StorageError | None]:
        """Remove objects; each key with None (it is gone now) or the error that kept it."""
        return self._delete_many([check_key(key) for key in dict.fromkeys(keys)])

    def copy_from(
        self,
        other: "Place",
        pairs: Sequence[tuple[str, str]],
        *,
        asset_class: AssetClass,
        workers: int = 32,
    ) -> Copies:
        """Copy (key there, key here) pairs over what may be there, `workers` at a time.

        Within one provider its servers copy; otherwise each object passes through memory. Each
        copy is compared with its source by size and checksum. One result per pair, in order.
        """
        check_asset_class(self.alias, asset_class)
        for key in {key for pair in pairs for key in pair}:
            check_key(key)
        with ThreadPoolExecutor(max_workers=workers) as pool:
            return list(pool.map(partial(self._copied, other), pairs))

    def symlink(self, key: str, target: str) -> None:
        """Make `key` point to the key `target`, relatively and in one step, over what is there."""
        raise StorageError(
            f"Place {self.alias!r} is a bucket and knows no links; {key!r} was not written.",
            temporary=False,
            needs="Ask supports_symlinks first.",
        )

    def make_folders(self, prefixes: Iterable[str]) -> None:
        """Make folders that may stay empty, on a disk; a bucket has none."""
        for prefix in prefixes:
            check_key(prefix)

    def remove_leftovers(self, older_than: float, under: str = "") -> int:
        """Delete what killed processes left half-written; a bucket has nothing of the kind."""
        return 0

    # --- Reading -------------------------------------------------------------------------------

    def open(self, key: str, start: int = 0, end: int | None = None) -> Stream:
        """The bytes from `start` up to but not including `end`, streamed."""
        with self._guarded("read", check_key(key)):
            if end is not None and end <= start:
                self._existing(key)
                return Stream(io.BytesIO(), guard=partial(self._guarded, "read", key))
            return self._open(key, start, end)

    def read(self, key: str) -> bytes:
        with self.open(key) as stream:
            return stream.read()

    def read_range(self, key: str, start: int, end: int | None = None) -> bytes:
        """The bytes from `start` up to but not including `end`, as a slice of `read` gives them."""
        with self.open(key, start, end) as stream:
            return stream.read()

    def stat(self, key: str) -> Stat | None:
        with self._guarded("look up", check_key(key)):
            return self._stat(key)

    def exists(self, key: str) -> bool:
        return self.stat(key) is not None

    def list(self, prefix: str = "", *, limit: int | None = None) -> Iterator[ListedObject]:
        """Objects whose key begins with `prefix` (not only at a slash), ordered by UTF-8 bytes.

        Names that no key can have (hidden files, folder placeholders) and links are left out.
        """
        check_prefix(prefix)
        return islice((entry for entry in self._listed(prefix) if is_key(entry.key)), limit)

    def verify(self, key: str, sha256: str) -> bool:
        """Whether the object is there and its content has this SHA-256 (hex); reads all of it."""
        try:
            return self.sha256(key) == sha256.lower()
        except ObjectMissing:
            return False

    def sha256(self, key: str) -> str:
        """The SHA-256 (hex) of the content, which is read in blocks."""
        digest = hashlib.sha256()
        with self.open(key) as stream:
            for block in stream:
                digest.update(block)
        return digest.hexdigest()

    def signed_url(self, key: str, seconds: int, *, filename: str | None = None) -> str | None:
        """A URL that anybody may GET for `seconds`; None where the place cannot sign.

        With `filename` browsers save it under this name.
        """
        check_key(key)
        return None

    def local_path(self, key: str, within: str = "") -> Path | None:
        """The file, which need not exist; None for buckets. No link may lead out of `within`."""
        check_key(key)
        return None

    # --- What a kind of place has to know ------------------------------------------------------

    @abstractmethod
    def _create(self, key: str, data: bytes, content_type: str, cache: str | None) -> bool: ...

    @abstractmethod
    def _put(self, key: str, data: bytes, content_type: str, cache: str | None) -> None: ...

    @abstractmethod
    def _delete(self, key: str) -> bool: ...

    @abstractmethod
    def _open(self, key: str, start: int, end: int | None) -> Stream: ...

    @abstractmethod
    def _stat(self, key: str) -> Stat | None: ...

    @abstractmethod
    def _list(self, prefix: str) -> Iterator[ListedObject]: ...

    @abstractmethod
    def _explain(self, error: Exception) -> Reason:
        """What a vendor's error means."""

    def _shares_provider_with(self, other: "Place") -> bool:
        return False

    def _copy(self, other: Any, src: str, dst: str) -> Stat:
        """Copy within the provider and compare; only called when `_shares_provider_with`."""
        raise NotImplementedError

    def _delete_many(self, keys: Sequence[str]) -> dict[str, StorageError | None]:
        with ThreadPoolExecutor(max_workers=DELETE_THREADS) as pool:
            return dict(zip(keys, pool.map(self._deleted, keys), strict=True))

    # --- Shared steps --------------------------------------------------------------------------

    @contextmanager
    def _guarded(self, doing: str, key: str) -> Iterator[None]:
        """Turn what a vendor raises into a StorageError."""
        try:
            yield
        except self.vendor_errors as error:
            raise self._failed(doing, key, self._explain(error)) from error

    def _failed(self, doing: str, key: str, reason: Reason) -> StorageError:
        message = f"Place {self.alias!r} could not {doing} {key!r}: {reason.what}"
        return StorageError(message, temporary=reason.temporary, needs=reason.needs)

    def _existing(self, key: str) -> Stat:
        stat = self._stat(key)
        if stat is None:
            raise ObjectMissing(self.alias, key)
        return stat

    def _listed(self, prefix: str) -> Iterator[ListedObject]:
        with self._guarded("list", prefix):
            yield from self._list(prefix)

    def _deleted(self, key: str) -> StorageError | None:
        try:
            self.delete(key)
        except StorageError as error:
            return error
        return None

    def _copied(self, other: "Place", pair: tuple[str, str]) -> CopyResult:
        src, dst = pair
        try:
            with self._guarded("copy", src):
                stat = self._copy_one(other, src, dst)
        except StorageError as error:
            return CopyResult(src, dst, error=error)
        return CopyResult(src, dst, size=stat.size, etag=stat.etag)

    def _copy_one(self, other: "Place", src: str, dst: str) -> Stat:
        if self._shares_provider_with(other):
            return self._copy(other, src, dst)
        data = other.read(src)
        content_type = mimetypes.guess_type(dst)[0] or "application/octet-stream"
        self._put(dst, data, content_type, None)
        if not self.verify(dst, hashlib.sha256(data).hexdigest()):
            raise self._differs(src, dst)
        return self._existing(dst)

    def _differs(self, src: str, dst: str) -> StorageError:
        return StorageError(
            f"Place {self.alias!r}: the copy {dst!r} is not the same as its source {src!r}.",
            temporary=True,
            needs="Copy it again; nothing else may write to it meanwhile.",
        )
