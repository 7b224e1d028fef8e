"""Solana's networks, wallets and transactions in the same tables; the database repeats what differs.

A transaction expires only where it was bound to a blockhash, and a network stays of its family.
"""

from collections.abc import Sequence

import chain.fees
import chain.fields
from django.db import migrations, models

# PostgreSQL alters no column that a trigger names.
UNBIND = """
DROP TRIGGER chain_transaction_immutable ON chain_transaction;
DROP TRIGGER chain_attempt_immutable ON chain_attempt;
DROP TRIGGER chain_wallet_trail_update ON chain_wallet;
"""
# What staff configure of a wallet, and its status; the lane's own columns are left out (0004_security.py).
TOLD = (
    "network_id", "name", "address", "signer", "max_in_flight", "status", "status_reason", "status_by", "minimum_balance",
    "alert_balance", "sponsor_id",
)  # fmt: skip
HIDDEN = (
    "next_nonce,fence,tick_asked_at,last_tick_at,waiting,waiting_since,waiting_detail,balance,chain_nonce,head_number,head_at,"
    "looked_at,forwarder_nonce"
)


def bind(attempt: str) -> str:
    """The triggers again, with these columns of an attempt."""
    old, new = _rows(attempt.split(", "))
    wallet_old, wallet_new = _rows(TOLD)
    return f"""
CREATE TRIGGER chain_transaction_immutable BEFORE UPDATE OF wallet_id, nonce, "to", data, value, gas_limit ON chain_transaction
    FOR EACH ROW WHEN ((OLD.wallet_id, OLD.nonce, OLD."to", OLD.data, OLD.value, OLD.gas_limit)
        IS DISTINCT FROM (NEW.wallet_id, NEW.nonce, NEW."to", NEW.data, NEW.value, NEW.gas_limit))
    EXECUTE FUNCTION chain_immutable();
CREATE TRIGGER chain_attempt_immutable BEFORE UPDATE OF {attempt} ON chain_attempt
    FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION chain_immutable();
CREATE CONSTRAINT TRIGGER chain_wallet_trail_update AFTER UPDATE OF {", ".join(TOLD)}
    ON chain_wallet DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (({wallet_old}) IS DISTINCT FROM ({wallet_new}))
    EXECUTE FUNCTION chain_trail_record('{HIDDEN}', '');
"""


def _rows(columns: Sequence[str]) -> tuple[str, str]:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return old, new


SIGNED = "transaction_id, kind, hash, raw, fee_kind, max_fee, tip"
SIGNED_FOR_SOLANA_TOO = f"{SIGNED}, blockhash, last_valid_height"

LAWS = """
CREATE FUNCTION chain_guard_expired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM chain_attempt a WHERE a.transaction_id = NEW.id AND a.last_valid_height IS NULL) THEN
        RAISE EXCEPTION 'transaction % is bound to a nonce, which never expires', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chain_guard_expired BEFORE UPDATE OF outcome ON chain_transaction
    FOR EACH ROW WHEN (NEW.outcome = 'expired') EXECUTE FUNCTION chain_guard_expired();

CREATE FUNCTION chain_guard_family() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'network % stays of its family', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER chain_guard_family BEFORE UPDATE OF family ON chain_network
    FOR EACH ROW WHEN (OLD.family <> NEW.family) EXECUTE FUNCTION chain_guard_family();
"""
NO_LAWS = """
DROP TRIGGER chain_guard_family ON chain_network;
DROP TRIGGER chain_guard_expired ON chain_transaction;
DROP FUNCTION chain_guard_family, chain_guard_expired;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("chain", "0007_sponsor"),
    ]

    operations = [
        migrations.RunSQL(UNBIND, bind(SIGNED)),
        migrations.AddField(
            model_name="attempt",
            name="blockhash",
            field=models.CharField(blank=True, help_text="Solana: what it is bound to.", max_length=44),
        ),
        migrations.AddField(
            model_name="attempt",
            name="last_valid_height",
            field=models.PositiveBigIntegerField(help_text="Solana: no block above this height can take it.", null=True),
        ),
        migrations.AddField(
            model_name="network",
            name="family",
            field=models.CharField(choices=[("evm", "EVM"), ("solana", "Solana")], default="evm", max_length=6),
        ),
        migrations.AddField(
            model_name="network",
            name="genesis_hash",
            field=models.CharField(
                blank=True,
                help_text="Which cluster of Solana, in base58. Checked like the chain id. Empty on an EVM.",
                max_length=44,
            ),
        ),
        migrations.AddField(
            model_name="transaction",
            name="fee",
            field=chain.fields.Uint256Field(help_text="lamports, paid for signatures and priority", null=True),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="fee_kind",
            field=models.CharField(choices=[("eip1559", "eip1559"), ("legacy", "legacy"), ("solana", "solana")], max_length=8),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="hash",
            field=models.CharField(help_text="On Solana the first signature.", max_length=88, unique=True),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="max_fee",
            field=chain.fields.Uint256Field(
                help_text="wei per gas; the gas price of a legacy transaction; micro-lamports per compute unit on Solana"
            ),
        ),
        migrations.AlterField(
            model_name="network",
            name="chain_id",
            field=models.BigIntegerField(
                blank=True,
                help_text="EIP-155. Checked against the node on every connection. Empty on Solana.",
                null=True,
                unique=True,
            ),
        ),
        migrations.AlterField(
            model_name="network",
            name="fee_kind",
            field=models.CharField(
                choices=[("eip1559", "eip1559"), ("legacy", "legacy"), ("solana", "solana")],
                default=chain.fees.FeeKind["EIP1559"],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="network",
            name="gas_ceiling",
            field=chain.fields.Uint256Field(
                blank=True,
                help_text="wei per gas; above it nothing is signed. Empty: MAXIMUM_GAS_PRICE. On Solana micro-lamports per compute unit; empty: MAXIMUM_PRIORITY_FEE.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="mined_hash",
            field=models.CharField(blank=True, max_length=88),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("succeeded", "Succeeded"),
                    ("reverted", "Reverted"),
                    ("cancelled", "cancelled (our empty transaction took the nonce)"),
                    ("foreign", "foreign (somebody else's transaction took the nonce)"),
                    ("expired", "expired (no block took it in time, and none can any more)"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="to",
            field=models.CharField(max_length=44),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="value",
            field=chain.fields.Uint256Field(default=0, help_text="wei; lamports of rent and protocol fees"),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="address",
            field=chain.fields.AnyAddressField(),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="signer",
            field=models.CharField(
                help_text="Where the key is, never the key: `keystore:FILE.json`, `mnemonic:m/44'/60'/0'/0/0`, on Solana `keypair:FILE.json`, or, on development networks only, `env:NAME`.",
                max_length=200,
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("blockhash", ""), ("last_valid_height__isnull", False), _connector="XOR"),
                name="attempt_expires_iff_bound_to_a_blockhash",
            ),
        ),
        migrations.AddConstraint(
            model_name="network",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("chain_id__isnull", False), ("family", "evm"), ("genesis_hash", "")),
                    models.Q(("chain_id__isnull", True), ("family", "solana"), models.Q(("genesis_hash", ""), _negated=True)),
                    _connector="OR",
                ),
                name="network_is_of_its_family",
                violation_error_message="An EVM network has a chain id, a network of Solana a genesis hash, and not the other.",
            ),
        ),
        migrations.AddConstraint(
            model_name="network",
            constraint=models.UniqueConstraint(
                condition=models.Q(("genesis_hash", ""), _negated=True), fields=("genesis_hash",), name="network_genesis_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="network",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("environment", "development"),
                    ("genesis_hash__in", ("5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d",)),
                    _negated=True,
                ),
                name="network_cluster_of_real_money_is_no_development",
                violation_error_message="This cluster carries real money: it cannot be marked as a development network.",
            ),
        ),
        migrations.RunSQL(bind(SIGNED_FOR_SOLANA_TOO), UNBIND),
        migrations.RunSQL(LAWS, NO_LAWS),
    ]
