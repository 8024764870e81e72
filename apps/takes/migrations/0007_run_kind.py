"""The kind of a run was read from keys of its parameters; it is a column now."""

from django.db import migrations, models

# More takes copy their batch's parameters, which may hold the other keys: theirs is read last.
KEYS = {
    "preview": "preview",
    "imported_from": "import",
    "trim": "trim",
    "more_of": "more_takes",
}


def fill(apps, schema_editor):
    runs = apps.get_model("takes", "Run")._base_manager.using(schema_editor.connection.alias)
    for key, kind in KEYS.items():
        runs.filter(params__has_key=key).update(kind=kind)


class Migration(migrations.Migration):
    dependencies = [("takes", "0006_previews_hidden")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[
                    ("order", "Lines × voices"),
                    ("preview", "Preview"),
                    ("more_takes", "More takes of a line"),
                    ("trim", "Part of a take"),
                    ("import", "Imported batch"),
                ],
                default="order",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
