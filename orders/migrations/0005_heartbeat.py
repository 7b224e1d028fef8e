import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_audit"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("worker", models.CharField(help_text="Its host, and the number of its process there.", max_length=100)),
                ("part", models.CharField(choices=[("pulse", "Pulse"), ("guard", "Guard"), ("tasks", "Tasks")], max_length=10)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("restarts", models.PositiveIntegerField(default=0, help_text="By its worker, since that began.")),
                ("restarted_because", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("worker", "part"), name="heartbeat_once")],
            },
        ),
    ]
