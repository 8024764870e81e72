"""Drafts, approvals and live clips belong to a line in a variant; a live clip to a destination.

What there is already is the plain voice. The place that a live clip was adopted from is its
destination. When a clip was read and written nobody has asked.
"""

import django.db.models.deletion
from django.db import migrations, models


def variant() -> models.CharField:
    return models.CharField(
        blank=True,
        default="",
        help_text="A background, say; empty for the plain voice.",
        max_length=200,
    )


class Migration(migrations.Migration):
    dependencies = [("review", "0007_waveforms_by_audio")]

    operations = [
        migrations.AddField("draft", "variant", variant()),
        migrations.AddField("approval", "variant", variant()),
        migrations.AddField("liveclip", "variant", variant()),
        migrations.RemoveField("liveclip", "modified_at"),
        migrations.RemoveField("liveclip", "seen_at"),
        migrations.RenameField("liveclip", "place", "alias"),
        migrations.AlterField(
            "liveclip",
            "alias",
            models.CharField(help_text="Of the place where it lies.", max_length=40),
        ),
        migrations.AlterField(
            "liveclip",
            "line",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="live_clips",
                to="catalog.line",
            ),
        ),
        migrations.AlterField(
            "draft",
            "version",
            models.PositiveIntegerField(help_text="From 1, per line and variant."),
        ),
        migrations.RemoveConstraint("draft", "draft_version_unique"),
        migrations.AddConstraint(
            "draft",
            models.UniqueConstraint(
                fields=["line", "variant", "version"], name="draft_version_unique"
            ),
        ),
        migrations.RemoveConstraint("approval", "approval_one_standing"),
        migrations.AddConstraint(
            "approval",
            models.UniqueConstraint(
                condition=models.Q(superseded_at=None, withdrawn_at=None),
                fields=["line", "variant"],
                name="approval_one_standing",
            ),
        ),
        migrations.AddConstraint(
            "liveclip",
            models.UniqueConstraint(fields=["line", "variant", "alias"], name="live_clip_unique"),
        ),
    ]
