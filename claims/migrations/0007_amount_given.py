"""A token reward says what it pays: the rule passed where the amount was left out, as a CHECK does on NULL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chain", "0007_sponsor"),
        ("claims", "0006_minter"),
        ("withdrawals", "0004_paid_view"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="reward",
            name="reward_is_nft_or_token",
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__isnull", True), ("pool__isnull", True), ("wallet__isnull", False)),
                    models.Q(
                        ("amount__isnull", False),
                        ("pool__isnull", False),
                        ("wallet__isnull", True),
                        ("amount__gte", 1),
                        ("amount__lte", 115792089237316195423570985008687907853269984665640564039457584007913129639935),
                    ),
                    _connector="OR",
                ),
                name="reward_is_nft_or_token",
            ),
        ),
    ]
