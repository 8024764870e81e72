"""What can go wrong with a place, in words for the person who has to mend it."""

from apps.storage.keys import UnsafeKey


class StorageError(Exception):
    """A place could not do what was asked.

    `message` says what happened and what was kept, `needs` what has to be done about it;
    `temporary` is True when the same call may succeed later, once that is done.
    """

    def __init__(self, message: str, *, temporary: bool, needs: str) -> None:
        self.message = message
        self.temporary = temporary
        self.needs = needs
        super().__init__(f"{message} {needs}")


class ObjectMissing(StorageError):
    """There is no object of this key."""

    def __init__(self, alias: str, key: str) -> None:
        super().__init__(
            f"Place {alias!r} holds no {key!r}.",
            temporary=False,
            needs="Check the name; if it was there before, restore it from a backup.",
        )


class LeadsOut(StorageError, UnsafeKey):
    """A symbolic link leads the key out of where it belongs: nothing is read or written there.

    A StorageError for whoever writes a tree of ours, which somebody has to mend; an UnsafeKey for
    whoever was handed the key by somebody else.
    """

    def __init__(self, alias: str, key: str, folder: str = "") -> None:
        where = f"folder {folder!r} of place" if folder else "place"
        super().__init__(
            f"The key {key!r} leads out of {where} {alias!r} by a symbolic link.",
            temporary=False,
            needs="Remove the link, or put a real folder or file in its place.",
        )
