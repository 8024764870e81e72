import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_text_columns")]

    operations = [
        migrations.RenameModel("SeriesPlace", "SeriesPrefix"),
        migrations.AlterField(
            model_name="seriesprefix",
            name="series",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="prefixes",
                to="catalog.series",
            ),
        ),
    ]
