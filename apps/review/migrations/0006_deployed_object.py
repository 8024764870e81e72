from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0005_winner_saves"),
    ]

    operations = [
        migrations.AddField(
            model_name="approval",
            name="deploy_error",
            field=models.TextField(
                blank=True, help_text="Why `deploy/` could not be written last time, in words."
            ),
        ),
        migrations.AddField(
            model_name="approval",
            name="deployed_sha256",
            field=models.CharField(
                blank=True,
                help_text="Of the copy, which carries the approval's tags.",
                max_length=64,
            ),
        ),
        migrations.AlterField(
            model_name="approval",
            name="deployed_at",
            field=models.DateTimeField(
                help_text="When its copy in `deploy/` was begun; empty once that is gone.",
                null=True,
            ),
        ),
    ]
