"""Wallets without coin, their sponsors, and every request that they have signed.

The database repeats the law: a request never changes, what became of it is written once, and no transaction is final while
anything may still become of what it carries.
"""

from collections.abc import Sequence

import chain.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


FORWARDS = """
CREATE TRIGGER chain_request_immutable BEFORE UPDATE OF transaction_id, "order", signer_id, forwarder, nonce, deadline, gas, digest
    ON chain_forwardrequest FOR EACH ROW EXECUTE FUNCTION chain_immutable();
CREATE TRIGGER chain_request_never_deleted BEFORE DELETE ON chain_forwardrequest
    FOR EACH ROW EXECUTE FUNCTION chain_immutable();
CREATE TRIGGER chain_request_never_emptied BEFORE TRUNCATE ON chain_forwardrequest EXECUTE FUNCTION chain_append_only();
CREATE TRIGGER chain_request_outcome_once BEFORE UPDATE OF outcome ON chain_forwardrequest
    FOR EACH ROW WHEN (OLD.outcome <> '' AND NEW.outcome IS DISTINCT FROM OLD.outcome) EXECUTE FUNCTION chain_immutable();

CREATE FUNCTION chain_guard_requests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM chain_forwardrequest r WHERE r.transaction_id = NEW.id AND r.outcome = '') THEN
        RAISE EXCEPTION 'transaction % carries requests that may still be executed', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chain_guard_requests BEFORE UPDATE OF status ON chain_transaction
    FOR EACH ROW WHEN (NEW.status = 'final' AND OLD.status <> 'final') EXECUTE FUNCTION chain_guard_requests();

CREATE FUNCTION chain_guard_sponsor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM chain_wallet s WHERE s.id = NEW.sponsor_id AND s.network_id = NEW.network_id AND s.sponsor_id IS NULL
    ) OR EXISTS (SELECT FROM chain_wallet w WHERE w.sponsor_id = NEW.id) THEN
        RAISE EXCEPTION 'wallet % cannot have that sponsor', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chain_guard_sponsor BEFORE INSERT OR UPDATE OF sponsor_id, network_id ON chain_wallet
    FOR EACH ROW WHEN (NEW.sponsor_id IS NOT NULL) EXECUTE FUNCTION chain_guard_sponsor();
"""

BACKWARDS = """
DROP TRIGGER chain_guard_sponsor ON chain_wallet;
DROP TRIGGER chain_guard_requests ON chain_transaction;
DROP TRIGGER chain_request_outcome_once ON chain_forwardrequest;
DROP TRIGGER chain_request_never_emptied ON chain_forwardrequest;
DROP TRIGGER chain_request_never_deleted ON chain_forwardrequest;
DROP TRIGGER chain_request_immutable ON chain_forwardrequest;
DROP FUNCTION chain_guard_sponsor, chain_guard_requests;
"""

# Who pays for whom is for the trail.
_COLUMNS = (
    "network_id", "name", "address", "signer", "max_in_flight", "status", "status_reason", "status_by", "minimum_balance", "alert_balance",
)  # fmt: skip
_HIDDEN = "next_nonce,fence,tick_asked_at,last_tick_at,waiting,waiting_since,waiting_detail,balance,chain_nonce,head_number,head_at,looked_at"


def trail_of(columns: Sequence[str], hidden: str) -> str:
    """The trigger of 0006 anew, for an update of these columns."""
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"""
DROP TRIGGER chain_wallet_trail_update ON chain_wallet;
CREATE CONSTRAINT TRIGGER chain_wallet_trail_update AFTER UPDATE OF {", ".join(columns)}
    ON chain_wallet DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new}))
    EXECUTE FUNCTION chain_trail_record('{hidden}', '');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("chain", "0006_balances"),
    ]

    operations = [
        migrations.CreateModel(
            name="ForwardRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order", models.UUIDField(db_index=True, help_text="What it was signed for; this room does not know orders.")),
                ("forwarder", chain.fields.AddressField()),
                ("nonce", models.PositiveBigIntegerField(help_text="The forwarder's for this signer.")),
                ("deadline", models.PositiveBigIntegerField(help_text="Unix seconds by the chain's clock; its last one.")),
                ("gas", models.PositiveBigIntegerField(help_text="For the call inside.")),
                (
                    "digest",
                    models.CharField(
                        help_text="What was signed; the signature is in the transaction.", max_length=66, unique=True
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("executed", "Executed"),
                            ("failed", "executed, and its call failed"),
                            ("expired", "executed by nobody before its deadline"),
                            ("taken", "its nonce was used by a transaction not made here"),
                        ],
                        max_length=8,
                    ),
                ),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="network",
            name="forward_seconds",
            field=models.PositiveIntegerField(
                default=1200, help_text="For so long a request of a sponsored wallet may be executed, by the chain's clock."
            ),
        ),
        migrations.AddField(
            model_name="network",
            name="forwarder",
            field=chain.fields.AddressField(
                blank=True, help_text="OpenZeppelin's ERC2771Forwarder, for wallets that have a sponsor."
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="sponsor",
            field=models.ForeignKey(
                blank=True,
                help_text="Who sends and pays for what this wallet signs (ERC-2771), for claims only. For orders taken from now on.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sponsored",
                to="chain.wallet",
            ),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="waiting",
            field=models.CharField(
                blank=True,
                choices=[
                    ("gas", "gas price above the ceiling"),
                    ("funds", "not enough coin for gas"),
                    ("rpc", "no node answers"),
                    ("node", "the node refuses the transaction"),
                    ("signer", "the key cannot be used"),
                    ("behind", "the node has not seen all of the chain"),
                    ("clock", "this host's clock is wrong"),
                    ("maintenance", "nothing is sent until a person has looked"),
                    ("forwarder", "sponsored orders cannot be signed"),
                ],
                editable=False,
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="network",
            constraint=models.CheckConstraint(
                condition=models.Q(("forward_seconds__range", (60, 86400))), name="network_forward_seconds_in_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(("sponsor", models.F("id")), _negated=True), name="wallet_is_not_its_own_sponsor"
            ),
        ),
        migrations.AddField(
            model_name="forwardrequest",
            name="signer",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="chain.wallet"),
        ),
        migrations.AddField(
            model_name="forwardrequest",
            name="transaction",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="chain.transaction"
            ),
        ),
        migrations.AddConstraint(
            model_name="forwardrequest",
            constraint=models.UniqueConstraint(fields=("transaction", "order"), name="forward_request_once"),
        ),
        migrations.AddConstraint(
            model_name="forwardrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outcome", "")),
                fields=("signer", "forwarder", "nonce"),
                name="forward_request_nonce_lives_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="forwardrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("deadline__gte", 1), ("deadline__lte", 281474976710655)),
                name="forward_request_deadline_uint48",
            ),
        ),
        migrations.AddConstraint(
            model_name="forwardrequest",
            constraint=models.CheckConstraint(condition=models.Q(("gas__gte", 1)), name="forward_request_gas_positive"),
        ),
        migrations.AddField(
            model_name="wallet",
            name="forwarder_nonce",
            field=models.PositiveBigIntegerField(
                editable=False,
                help_text="Below it, what the forwarder executed of this wallet is accounted for.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="installation",
            name="maintenance_ended",
            field=models.DateTimeField(help_text="The last time.", null=True),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunSQL(trail_of([*_COLUMNS, "sponsor_id"], f"{_HIDDEN},forwarder_nonce"), trail_of(_COLUMNS, _HIDDEN)),
    ]
