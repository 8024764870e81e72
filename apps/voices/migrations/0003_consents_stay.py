"""A consent outlives its recorder's account and stands in the way of deleting its voice."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    people = apps.get_model("accounts", "User").objects.using(alias)
    name = people.filter(pk=OuterRef("recorded_by")).values("username")
    consents = apps.get_model("voices", "Consent").objects.using(alias)
    consents.filter(recorded_by=None).update(by_name="VoiceCMS")
    consents.exclude(recorded_by=None).update(by_name=Subquery(name))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_user_keys_off"),
        ("voices", "0002_credentials"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="voice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="consents",
                to="voices.voice",
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="by_name",
            field=models.CharField(default="", help_text="Who recorded it.", max_length=150),
            preserve_default=False,
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
