"""Errors of places, with messages for the person who has to repair the place."""

from apps.storage.keys import UnsafeKey


class StorageError(Exception):
    """A place could not carry out a call.

    `message` says what happened and what was kept, `needs` names the repair; `temporary` is
    True when the same call may succeed later, after the repair.
    """

    def __init__(self, message: str, *, temporary: bool, needs: str) -> None:
        self.message = message
        self.temporary = temporary
        self.needs = needs
        super().__init__(f"{message} {needs}")


class ObjectMissing(StorageError):
    """There is no object with this key."""

    def __init__(self, alias: str, key: str) -> None:
        super().__init__(
            f"Place {alias!r} holds no {key!r}.",
            temporary=False,
            needs="Check the name; if it was there before, restore it from a backup.",
        )


class LeadsOut(StorageError, UnsafeKey):
    """A symbolic link leads the key out of its folder; nothing is read or written.

    A StorageError for code that writes a tree of VoiceCMS, which a person has to repair; an
    UnsafeKey for code that received the key from a client.
    """

    def __init__(self, alias: str, key: str, folder: str = "") -> None:
        where = f"folder {folder!r} of place" if folder else "place"
        super().__init__(
            f"The key {key!r} leads out of {where} {alias!r} by a symbolic link.",
            temporary=False,
            needs="Remove the link, or put a real folder or file in its place.",
        )
