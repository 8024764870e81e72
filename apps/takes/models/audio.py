"""MeasuredAudio: the measured columns of a row with audio. Waveform: the peaks of some audio.

Takes, drafts and live clips inherit `MeasuredAudio`, because their audio was made and measured in
`takes`. A model inherits `MeasuredAudio` and fills its columns from `facts_of`.

The key of a waveform is the hash of the audio frames, not a row: a take, its drafts and the
published clip are files with other tags around the same frames, so they share one waveform without
a foreign key. Only players read waveforms, so no list loads them. The sweeper deletes
unused waveforms: `Waveform.objects.unused()` asks every model that inherits from `MeasuredAudio`.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.audio.examining import Examined
from apps.audio.peaks import Peaks, packed, unpacked

KEPT_WITHOUT_USE = timedelta(hours=1)
"""The longest time between writing a waveform and writing the row that has its audio."""

OF_FRAMES = ("frames_sha256", "duration", "loudness", "true_peak")
"""The columns that are equal for all files with the same audio frames and any tags."""


class MeasuredAudio(models.Model):
    """The columns of examined audio; empty before the examination."""

    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the stored file.")
    frames_sha256 = models.CharField(max_length=64, blank=True, help_text="Of the audio alone.")
    size = models.PositiveBigIntegerField(null=True, help_text="Bytes.")
    duration = models.FloatField(null=True, help_text="Seconds, of the decoded audio.")
    loudness = models.FloatField(null=True, help_text="Integrated, LUFS; empty when too short.")
    true_peak = models.FloatField(null=True, help_text="dBTP.")

    class Meta:
        abstract = True

    @classmethod
    def with_audio(cls) -> models.QuerySet[Any]:
        """The rows that still have a file; a model that deletes files overrides this."""
        return cls._base_manager.all()


def audio_index(name: str) -> models.Index:
    """The index of rows by audio hash, for sweeping waveforms."""
    return models.Index(fields=["frames_sha256"], name=name)


def facts_of(examined: Examined) -> dict[str, Any]:
    """The `MeasuredAudio` columns of a row whose file is `examined.data`."""
    measured = examined.measurement
    return {
        "sha256": examined.sha256,
        "frames_sha256": examined.frames_sha256,
        "size": examined.size,
        "duration": measured.duration,
        "loudness": measured.integrated_loudness,
        "true_peak": measured.true_peak,
    }


def retagged(audio: MeasuredAudio, *, sha256: str, size: int) -> dict[str, Any]:
    """The `MeasuredAudio` columns of a file with the frames of `audio` and other tags."""
    return {name: getattr(audio, name) for name in OF_FRAMES} | {"sha256": sha256, "size": size}


class WaveformQuerySet(models.QuerySet["Waveform"]):
    def unused(self) -> "WaveformQuerySet":
        """The waveforms whose audio no row has any more.

        `used_at` is a column of the waveform, so that a DELETE sees a concurrent use.
        """
        found = self.filter(used_at__lt=timezone.now() - KEPT_WITHOUT_USE)
        for model in apps.get_models():
            if issubclass(model, MeasuredAudio):
                same = model.with_audio().filter(frames_sha256=OuterRef("frames_sha256"))
                found = found.filter(~Exists(same))
        return found


class Waveform(models.Model):
    """Peaks of some audio: signed bytes min, max, min, max…, a fixed number of pairs per second."""

    frames_sha256 = models.CharField(max_length=64, primary_key=True)
    sample_rate = models.PositiveIntegerField(help_text="Hz.")
    samples_per_pixel = models.PositiveIntegerField()
    data = models.BinaryField()
    used_at = models.DateTimeField(
        default=timezone.now, help_text="When a row with this audio was written last."
    )

    objects = WaveformQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Waveform of {self.frames_sha256}"

    @property
    def peaks(self) -> Peaks:
        return unpacked(
            self.data, sample_rate=self.sample_rate, samples_per_pixel=self.samples_per_pixel
        )


def waveform_of(examined: Examined) -> Waveform:
    """An unsaved Waveform of the examined audio."""
    peaks = examined.peaks
    return Waveform(
        frames_sha256=examined.frames_sha256,
        sample_rate=peaks["sample_rate"],
        samples_per_pixel=peaks["samples_per_pixel"],
        data=packed(peaks),
    )


def keep_waveforms(waveforms: Iterable[Waveform]) -> None:
    """Insert missing waveforms, and set `used_at` of existing waveforms to now."""
    once = {waveform.frames_sha256: waveform for waveform in waveforms}
    now = timezone.now()
    for waveform in once.values():
        waveform.used_at = now
    Waveform.objects.bulk_create(
        [once[key] for key in sorted(once)],  # sorted, so that concurrent inserts do not deadlock
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["frames_sha256"],
        update_fields=["used_at"],
    )
