"""Groundwork: what must stand on the chain before the orders of a group can go; and the words for items and their ends."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid_utils.compat
from django.db import migrations, models


FORWARDS = """
-- What an account was opened for and by whom never changes; leaves are only added.
CREATE FUNCTION orders_guard_groundwork() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD."group", OLD.work, OLD.wallet_id) IS DISTINCT FROM (NEW."group", NEW.work, NEW.wallet_id) OR NEW.leaves < OLD.leaves
        OR (OLD.done_at IS NOT NULL AND (OLD.address, OLD.transaction_id, OLD.done_at)
            IS DISTINCT FROM (NEW.address, NEW.transaction_id, NEW.done_at)) THEN
        RAISE EXCEPTION 'groundwork %: what was done stays', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_guard_groundwork BEFORE UPDATE ON orders_groundwork FOR EACH ROW EXECUTE FUNCTION orders_guard_groundwork();
CREATE TRIGGER orders_groundwork_never_deleted BEFORE DELETE ON orders_groundwork
    FOR EACH ROW EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER orders_groundwork_never_emptied BEFORE TRUNCATE ON orders_groundwork EXECUTE FUNCTION orders_append_only();
"""

BACKWARDS = """
DROP TRIGGER orders_groundwork_never_emptied ON orders_groundwork;
DROP TRIGGER orders_groundwork_never_deleted ON orders_groundwork;
DROP TRIGGER orders_guard_groundwork ON orders_groundwork;
DROP FUNCTION orders_guard_groundwork;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("chain", "0008_solana"),
        ("orders", "0014_groups_stay"),
    ]

    operations = [
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("claims:create", "Claims Create"),
                        ("rewards:give", "Rewards Give"),
                        ("withdrawals:create", "Withdrawals Create"),
                        ("stakes:create", "Stakes Create"),
                        ("mints:create", "Mints Create"),
                        ("orders:read", "Orders Read"),
                        ("orders:operate", "Orders Operate"),
                        ("wallets:read", "Wallets Read"),
                    ],
                    max_length=24,
                ),
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="auditfinding",
            name="code",
            field=models.CharField(
                choices=[
                    ("incomplete", "not everything could be looked at"),
                    ("nonce_not_stored", "a nonce was spent by something that is not stored here"),
                    ("foreign_nonce", "a nonce of ours was taken by another transaction"),
                    ("nonce_gap", "stored nonces have a gap"),
                    ("attempt_differs", "signed bytes differ from their transaction"),
                    ("sent_before_stored", "sent before it was stored"),
                    ("fee_above_ceiling", "signed with a fee above the ceiling"),
                    ("block_not_canonical", "a final transaction's block is not in the chain"),
                    ("not_on_chain", "a final transaction is not in its block"),
                    ("outcome_differs", "the chain says another outcome"),
                    ("leaves_differ", "a tree on the chain has other leaves than are noted"),
                    ("minted_by_others", "somebody else has minted into a tree of ours"),
                    ("paid_without_order", "paid by a wallet of ours, and no order asked for it"),
                    ("paid_by_others", "somebody else pays from a contract that only we should"),
                    ("paid_not_completed", "an order that is not completed has been paid"),
                    ("paid_twice", "an order has been paid more than once"),
                    ("not_paid", "a completed order has no payment on the chain"),
                    ("wrong_amount", "another amount was paid than was ordered"),
                    ("wrong_recipient", "somebody else was paid"),
                    ("wrong_token", "another token was given than is stored"),
                    ("transaction_without_order", "a transaction of ours that no order asked for"),
                    ("completed_without_proof", "completed without a final, successful transaction"),
                    ("two_transactions", "an order left a transaction that may still pay it"),
                    ("not_settled", "busy, though its transaction is final"),
                    ("history_differs", "the status is not what the history says"),
                    ("bound_too_early", "signed before the groundwork of its group was done"),
                    ("details_missing", "an order without what was ordered"),
                ],
                max_length=32,
            ),
        ),
        migrations.AlterField(
            model_name="auditfinding",
            name="tx_hash",
            field=models.CharField(blank=True, max_length=88),
        ),
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
                    ("transaction_expired", "no block took its transaction in time; nothing was paid"),
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
            name="group",
            field=models.UUIDField(
                help_text="The reward, pool or collection it belongs to; orders of one group may share a transaction."
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="kind",
            field=models.CharField(
                choices=[("claim", "Claim"), ("withdrawal", "Withdrawal"), ("stake", "Stake"), ("item", "Item")], max_length=12
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
                    ("transaction_expired", "no block took its transaction in time; nothing was paid"),
                    ("reorganised", "Reorganised"),
                    ("retried", "retried by staff"),
                    ("released", "released by staff"),
                    ("restored", "found in a journal after the database was restored"),
                ],
                max_length=24,
            ),
        ),
        migrations.CreateModel(
            name="Groundwork",
            fields=[
                ("id", models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ("group", models.UUIDField(help_text="The collection it is for.")),
                (
                    "work",
                    models.CharField(
                        choices=[
                            ("base_uri", "base URI"),
                            ("tree", "Merkle tree"),
                            ("metadata_collection", "collection (Token Metadata)"),
                            ("core_collection", "collection (Core)"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "spec",
                    models.JSONField(
                        help_text="What is wanted: an EVM call, a tree's depth, buffer and canopy, a collection's name and URI."
                    ),
                ),
                (
                    "address",
                    models.CharField(blank=True, help_text="The account that it opened, once it is signed.", max_length=44),
                ),
                (
                    "leaves",
                    models.PositiveBigIntegerField(default=0, help_text="Of a tree: how many of its leaves are noted here."),
                ),
                ("created", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "transaction",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="groundwork",
                        to="chain.transaction",
                    ),
                ),
                (
                    "wallet",
                    models.ForeignKey(
                        help_text="Who pays for it.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="groundwork",
                        to="chain.wallet",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(condition=models.Q(("done_at__isnull", True)), fields=["wallet"], name="groundwork_open")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("group", "work"), name="groundwork_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("address", ""), _negated=True), fields=("address",), name="groundwork_address_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done_at__isnull", True), ("transaction__isnull", False), _connector="OR"),
                        name="groundwork_done_by_a_transaction",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
