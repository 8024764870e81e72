"""What is measured of audio, whoever keeps it, and its waveform, which is kept once.

These stand at the foot of `takes` because everything above keeps audio that was made and measured
here: takes, drafts and live clips today, mixes, samples and renditions later. A model inherits
`MeasuredAudio` and fills its columns from `facts_of`; nothing has to be said anywhere else.

A waveform is kept by the hash of the audio that it draws, and not by a row that has this audio: a
take, its drafts and the clip that is published from them are files with other tags around the same
frames, so they share one waveform and no foreign key has to point up or down. It is read only when
a player asks for it, so no list carries it along. What nothing refers to any more is swept:
`Waveform.objects.unused()` asks every model that inherits from `MeasuredAudio`.
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
"""Whoever keeps audio writes its waveform and its own row within this time."""

OF_FRAMES = ("frames_sha256", "duration", "loudness", "true_peak")
"""What is the same for every file with the same audio frames, however it is tagged."""


class MeasuredAudio(models.Model):
    """The columns that audio has once it was examined; empty until then."""

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
        """The rows whose file is kept; a model whose files can be deleted says which."""
        return cls._base_manager.all()


def audio_index(name: str) -> models.Index:
    """The rows that have a certain audio: what sweeping waveforms asks for."""
    return models.Index(fields=["frames_sha256"], name=name)


def facts_of(examined: Examined) -> dict[str, Any]:
    """The columns of a `MeasuredAudio` whose file is `examined.data`."""
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
    """The same columns for a file that has the frames of `audio` and other tags around them."""
    return {name: getattr(audio, name) for name in OF_FRAMES} | {"sha256": sha256, "size": size}


class WaveformQuerySet(models.QuerySet["Waveform"]):
    def unused(self) -> "WaveformQuerySet":
        """Those whose audio no row has any more.

        `used_at` is of the row itself, so that a DELETE sees when somebody uses it meanwhile.
        """
        found = self.filter(used_at__lt=timezone.now() - KEPT_WITHOUT_USE)
        for model in apps.get_models():
            if issubclass(model, MeasuredAudio):
                same = model.with_audio().filter(frames_sha256=OuterRef("frames_sha256"))
                found = found.filter(~Exists(same))
        return found


class Waveform(models.Model):
    """Peaks of some audio: signed bytes min, max, min, max… at a fixed number per second."""

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
    """To be kept."""
    peaks = examined.peaks
    return Waveform(
        frames_sha256=examined.frames_sha256,
        sample_rate=peaks["sample_rate"],
        samples_per_pixel=peaks["samples_per_pixel"],
        data=packed(peaks),
    )


def keep_waveforms(waveforms: Iterable[Waveform]) -> None:
    """Write those that are not there yet; the others are in use from now on."""
    once = {waveform.frames_sha256: waveform for waveform in waveforms}
    now = timezone.now()
    for waveform in once.values():
        waveform.used_at = now
    Waveform.objects.bulk_create(
        [once[key] for key in sorted(once)],  # in one order, so that no two wait for each other
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["frames_sha256"],
        update_fields=["used_at"],
    )
