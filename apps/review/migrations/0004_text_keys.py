"""Clips, drafts and approvals keep the hash by which their texts are compared with the line's."""

from django.db import migrations, models

from apps.catalog.texts import text_key

CHUNK = 500
KEY = {"editable": False, "help_text": "Hash of what `text` says.", "max_length": 64}


def fill(apps, schema_editor):
    for name in ("LiveClip", "Draft", "Approval"):
        _fill(apps.get_model("review", name).objects.using(schema_editor.connection.alias))


def _fill(objects):
    last = 0
    while rows := list(objects.filter(pk__gt=last).only("pk", "text").order_by("pk")[:CHUNK]):
        for row in rows:
            row.text_key = text_key(row.text)
        objects.bulk_update(rows, ["text_key"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_text_columns"),
        ("review", "0003_hidden_by_reviewer"),
    ]

    operations = [
        migrations.AddField(
            "liveclip", "text_key", models.CharField(default="", **KEY), preserve_default=False
        ),
        migrations.AddField(
            "draft", "text_key", models.CharField(default="", **KEY), preserve_default=False
        ),
        migrations.RenameField("approval", "text_sha256", "text_key"),
        migrations.AlterField("approval", "text_key", models.CharField(**KEY)),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
