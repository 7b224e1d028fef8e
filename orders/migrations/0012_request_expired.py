"""One more reason for an order to be pending again: the request that was signed for it came too late."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0011_stakes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("staff", "held by staff"),
                    ("review", "evidence conflicts; a person must look"),
                    ("not_released", "stored, not released yet"),
                    ("transaction_cancelled", "its transaction was cancelled by staff"),
                    ("foreign", "a transaction not made here took its nonce"),
                    ("simulation_reverted", "the contract refuses it"),
                    ("reverted", "reverted on chain"),
                    ("not_paid", "its call failed inside the batch"),
                    ("invalid", "no call can be built from it"),
                    ("batch_reverted", "its batch reverted; nothing was paid"),
                    ("next_step", "one step done, one to go"),
                    ("request_expired", "its signed request came too late; nothing was paid"),
                    ("reorganised", "Reorganised"),
                    ("retried", "retried by staff"),
                    ("released", "released by staff"),
                    ("restored", "found in a journal after the database was restored"),
                ],
                max_length=24,
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("staff", "held by staff"),
                    ("review", "evidence conflicts; a person must look"),
                    ("not_released", "stored, not released yet"),
                    ("transaction_cancelled", "its transaction was cancelled by staff"),
                    ("foreign", "a transaction not made here took its nonce"),
                    ("simulation_reverted", "the contract refuses it"),
                    ("reverted", "reverted on chain"),
                    ("not_paid", "its call failed inside the batch"),
                    ("invalid", "no call can be built from it"),
                    ("batch_reverted", "its batch reverted; nothing was paid"),
                    ("next_step", "one step done, one to go"),
                    ("request_expired", "its signed request came too late; nothing was paid"),
                    ("reorganised", "Reorganised"),
                    ("retried", "retried by staff"),
                    ("released", "released by staff"),
                    ("restored", "found in a journal after the database was restored"),
                ],
                max_length=24,
            ),
        ),
    ]
