"""A claim may be what a wallet without coin has signed, and its sponsor sends."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chain", "0007_sponsor"),
        ("claims", "0005_claim_queue"),
    ]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="minter",
            field=models.ForeignKey(
                help_text="Whose signed request it is, where the order's wallet sends and pays for it as the sponsor.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="chain.wallet",
            ),
        ),
    ]
