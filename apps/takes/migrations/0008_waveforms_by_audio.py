"""A waveform is kept once for some audio, by the hash of its frames, and not once for a take."""

import django.utils.timezone
from django.db import migrations, models

COPY = """
    INSERT INTO takes_waveform (frames_sha256, sample_rate, samples_per_pixel, data, used_at)
    SELECT takes_take.frames_sha256, old.sample_rate, old.samples_per_pixel, old.data, %s
    FROM takes_takewaveform AS old JOIN takes_take ON takes_take.id = old.take_id
    WHERE takes_take.frames_sha256 <> ''
    ON CONFLICT (frames_sha256) DO NOTHING
"""


def copy_waveforms(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(COPY, [django.utils.timezone.now()])


class Migration(migrations.Migration):
    dependencies = [("takes", "0007_run_kind")]

    operations = [
        migrations.RenameModel("Waveform", "TakeWaveform"),
        migrations.CreateModel(
            name="Waveform",
            fields=[
                (
                    "frames_sha256",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                ("sample_rate", models.PositiveIntegerField(help_text="Hz.")),
                ("samples_per_pixel", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
                (
                    "used_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        help_text="When a row with this audio was written last.",
                    ),
                ),
            ],
        ),
        migrations.RunPython(copy_waveforms, migrations.RunPython.noop, elidable=True),
        migrations.DeleteModel("TakeWaveform"),
        migrations.AddIndex("take", models.Index(fields=["frames_sha256"], name="take_audio")),
    ]
