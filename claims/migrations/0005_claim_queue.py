import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("claims", "0004_paid_view"), ("orders", "0010_two_people")]

    operations = [
        migrations.CreateModel(
            name="Leftover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="The hash: the reward's external id.", max_length=200)),
                ("field", models.CharField(help_text="The field: the order's id over there.", max_length=200)),
                ("value", models.TextField()),
                ("problem", models.TextField(blank=True)),
                ("found", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "order",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="leftovers", to="orders.order"
                    ),
                ),
            ],
            options={
                "verbose_name": "claim queue leftover",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(fields=("key", "field"), name="leftover_once"),
                    models.CheckConstraint(
                        condition=models.Q(("problem", ""), ("order__isnull", True), _connector="XOR"),
                        name="leftover_has_problem_or_order",
                    ),
                ],
            },
        ),
    ]
