"""How much coin a wallet must have, when people are told, and when its lane last heard of the chain.

Who changes the two levels stands in the trail, like everything else that staff configure.
"""

import chain.fields
from django.db import migrations, models

COLUMNS = ["network_id", "name", "address", "signer", "max_in_flight", "status", "status_reason", "status_by"]
HIDDEN = "next_nonce,fence,tick_asked_at,last_tick_at,waiting,waiting_since,waiting_detail,balance,chain_nonce,head_number"


def trail_of(columns: list[str], hidden: str) -> str:
    """The trigger of 0004 anew, for an update of these columns."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"""
DROP TRIGGER chain_wallet_trail_update ON chain_wallet;
CREATE CONSTRAINT TRIGGER chain_wallet_trail_update AFTER UPDATE OF {", ".join(columns)}
    ON chain_wallet DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new}))
    EXECUTE FUNCTION chain_trail_record('{hidden}', '');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("chain", "0005_web_role"),
    ]

    operations = [
        migrations.AddField(
            model_name="wallet",
            name="alert_balance",
            field=chain.fields.Uint256Field(
                blank=True, help_text="wei; with less than this the monitor is red. Not below the minimum.", null=True
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="head_at",
            field=models.DateTimeField(editable=False, help_text="By that block's own word, when it was made.", null=True),
        ),
        migrations.AddField(
            model_name="wallet",
            name="looked_at",
            field=models.DateTimeField(editable=False, help_text="When a node last answered this wallet's lane.", null=True),
        ),
        migrations.AddField(
            model_name="wallet",
            name="minimum_balance",
            field=chain.fields.Uint256Field(
                blank=True, help_text="wei; with less than this the wallet signs nothing new, and its orders wait.", null=True
            ),
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("minimum_balance__gte", 0),
                    ("minimum_balance__lte", 115792089237316195423570985008687907853269984665640564039457584007913129639935),
                ),
                name="wallet_minimum_balance_uint256",
            ),
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("alert_balance__gte", 0),
                    ("alert_balance__lte", 115792089237316195423570985008687907853269984665640564039457584007913129639935),
                ),
                name="wallet_alert_balance_uint256",
            ),
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(("alert_balance__gte", models.F("minimum_balance"))),
                name="wallet_alert_is_not_below_minimum",
                violation_error_message="The alert balance is below the minimum: the wallet would stop before anybody is told. Raise it, or lower the minimum.",
            ),
        ),
        migrations.RunSQL(
            trail_of([*COLUMNS, "minimum_balance", "alert_balance"], f"{HIDDEN},head_at,looked_at"), trail_of(COLUMNS, HIDDEN)
        ),
    ]
