"""Errors of bytes that should be a recording."""


class AudioError(Exception):
    """Base of every deliberate error of this package. The message is written for a person."""


class NotAudio(AudioError):
    """The bytes are no recording: text, no bytes, noise, or an unknown format."""


class TruncatedAudio(AudioError):
    """The recording ends before the length that its own header announces."""


class TooLong(AudioError):
    """The recording is longer than `sound.LONGEST` seconds."""


class WrongLength(AudioError):
    """The recording is far longer or shorter than its text can be."""


class BadCut(AudioError):
    """The part to cut out does not lie in the recording."""
