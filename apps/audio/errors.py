"""What can be wrong with bytes that should be a recording."""


class AudioError(Exception):
    """Base of every error this package raises on purpose. Its message is fit for a person."""


class NotAudio(AudioError):
    """The bytes are no recording: text, nothing, noise, or a format that is not read here."""


class TruncatedAudio(AudioError):
    """The recording ends before the length that its own header announces."""


class TooLong(AudioError):
    """The recording is longer than `sound.LONGEST` seconds."""


class WrongLength(AudioError):
    """The recording is far longer or shorter than its text can be."""


class BadCut(AudioError):
    """What is to be cut out is no part of the recording."""
