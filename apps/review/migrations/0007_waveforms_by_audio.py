"""Waveforms of drafts and live clips join those of takes, and drafts learn their true peak.

Only the number of pairs per second was kept: 100 samples a pixel and a rate to fit draw the same.
"""

import django.utils.timezone
from django.db import migrations, models

COPY = """
    INSERT INTO takes_waveform (frames_sha256, sample_rate, samples_per_pixel, data, used_at)
    SELECT frames_sha256, CAST(ROUND(peaks_rate * 100) AS INTEGER), 100, peaks, %s
    FROM {table}
    WHERE peaks IS NOT NULL AND frames_sha256 <> ''
    ON CONFLICT (frames_sha256) DO NOTHING
"""
TRUE_PEAKS = """
    UPDATE review_draft SET true_peak = (
        SELECT takes_take.true_peak FROM takes_take WHERE takes_take.id = review_draft.take_id
    )
"""


def copy_waveforms(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table in ("review_draft", "review_liveclip"):
            cursor.execute(COPY.format(table=table), [django.utils.timezone.now()])
        cursor.execute(TRUE_PEAKS)


def true_peak() -> models.FloatField:
    return models.FloatField(help_text="dBTP.", null=True)


def hash_of(what: str) -> models.CharField:
    return models.CharField(blank=True, help_text=f"Of the {what}.", max_length=64)


class Migration(migrations.Migration):
    dependencies = [("review", "0006_deployed_object"), ("takes", "0008_waveforms_by_audio")]

    operations = [
        migrations.AddField("draft", "true_peak", true_peak()),
        migrations.AddField("liveclip", "true_peak", true_peak()),
        migrations.AddIndex("draft", models.Index(fields=["frames_sha256"], name="draft_audio")),
        migrations.AddIndex(
            "liveclip", models.Index(fields=["frames_sha256"], name="live_clip_audio")
        ),
        migrations.RunPython(copy_waveforms, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField("draft", "peaks"),
        migrations.RemoveField("draft", "peaks_rate"),
        migrations.RemoveField("liveclip", "peaks"),
        migrations.RemoveField("liveclip", "peaks_rate"),
        migrations.AlterField("draft", "sha256", hash_of("stored file")),
        migrations.AlterField("draft", "frames_sha256", hash_of("audio alone")),
        migrations.AlterField("liveclip", "sha256", hash_of("stored file")),
        migrations.AlterField("liveclip", "frames_sha256", hash_of("audio alone")),
    ]
