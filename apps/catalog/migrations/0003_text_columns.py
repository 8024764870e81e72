"""A line keeps whether it can be spoken, and the hash by which texts are compared."""

from django.db import migrations, models

from apps.catalog.texts import readiness_of, text_key

CHUNK = 500


def fill(apps, schema_editor):
    lines = apps.get_model("catalog", "Line").objects.using(schema_editor.connection.alias)
    last = 0
    while rows := list(lines.filter(pk__gt=last).only("pk", "text").order_by("pk")[:CHUNK]):
        for row in rows:
            row.text_key, row.readiness = text_key(row.text), readiness_of(row.text).value
        lines.bulk_update(rows, ["text_key", "readiness"])
        last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_places")]

    operations = [
        migrations.AddField(
            model_name="line",
            name="text_key",
            field=models.CharField(
                default="", editable=False, help_text="Hash of what `text` says.", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="line",
            name="readiness",
            field=models.CharField(
                choices=[
                    ("speakable", "speakable"),
                    ("placeholder", "placeholder"),
                    ("empty", "empty"),
                    ("markup", "markup only"),
                ],
                default="",
                editable=False,
                max_length=11,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
