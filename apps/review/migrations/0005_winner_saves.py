import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_places"),
        ("review", "0004_text_keys"),
        ("takes", "0004_finding_failures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WinnerSave",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("lease_token", models.UUIDField(editable=False, null=True)),
                ("lease_expires_at", models.DateTimeField(editable=False, null=True)),
                ("started_at", models.DateTimeField(editable=False, null=True)),
                ("finished_at", models.DateTimeField(editable=False, null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("saving", "Saving"),
                            ("saved", "Saved"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="winner_saves",
                        to="takes.batch",
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="review.draft",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.line",
                    ),
                ),
                (
                    "ordered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["batch", "line"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "saving")),
                        fields=["lease_expires_at"],
                        name="winner_save_leases",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("batch", "line"), name="winner_save_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "saved"), _negated=True),
                            ("draft__isnull", False),
                            _connector="OR",
                        ),
                        name="winner_saved_has_draft",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "saving"), _negated=True),
                            models.Q(
                                ("lease_expires_at__isnull", False), ("lease_token__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="winner_saving_has_lease",
                    ),
                ],
            },
        ),
    ]
