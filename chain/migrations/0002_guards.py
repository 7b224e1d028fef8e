"""The law of `chain.states.TRANSACTION_MOVES`, repeated by the database; and what was signed stays as it was signed."""

from django.db import migrations

LEGAL = [
    ("signed", "sent"), ("signed", "mined"), ("signed", "final"),
    ("sent", "mined"), ("sent", "final"),
    ("mined", "sent"), ("mined", "final"),
]  # fmt: skip

FORWARDS = f"""
CREATE FUNCTION chain_guard_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN ({", ".join(f"('{a}', '{b}')" for a, b in LEGAL)}) THEN
        RAISE EXCEPTION 'transaction % may not go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chain_guard_move BEFORE UPDATE OF status ON chain_transaction
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION chain_guard_move();

CREATE FUNCTION chain_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% %: what was signed never changes', TG_TABLE_NAME, OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER chain_transaction_immutable BEFORE UPDATE OF wallet_id, nonce, "to", data, value, gas_limit ON chain_transaction
    FOR EACH ROW WHEN ((OLD.wallet_id, OLD.nonce, OLD."to", OLD.data, OLD.value, OLD.gas_limit)
        IS DISTINCT FROM (NEW.wallet_id, NEW.nonce, NEW."to", NEW.data, NEW.value, NEW.gas_limit))
    EXECUTE FUNCTION chain_immutable();
CREATE TRIGGER chain_transaction_never_deleted BEFORE DELETE ON chain_transaction
    FOR EACH ROW EXECUTE FUNCTION chain_immutable();
CREATE TRIGGER chain_attempt_immutable BEFORE UPDATE OF transaction_id, kind, hash, raw, fee_kind, max_fee, tip ON chain_attempt
    FOR EACH ROW WHEN ((OLD.transaction_id, OLD.kind, OLD.hash, OLD.raw, OLD.fee_kind, OLD.max_fee, OLD.tip)
        IS DISTINCT FROM (NEW.transaction_id, NEW.kind, NEW.hash, NEW.raw, NEW.fee_kind, NEW.max_fee, NEW.tip))
    EXECUTE FUNCTION chain_immutable();
CREATE TRIGGER chain_attempt_never_deleted BEFORE DELETE ON chain_attempt
    FOR EACH ROW EXECUTE FUNCTION chain_immutable();
"""

BACKWARDS = """
DROP TRIGGER chain_attempt_never_deleted ON chain_attempt;
DROP TRIGGER chain_attempt_immutable ON chain_attempt;
DROP TRIGGER chain_transaction_never_deleted ON chain_transaction;
DROP TRIGGER chain_transaction_immutable ON chain_transaction;
DROP TRIGGER chain_guard_move ON chain_transaction;
DROP FUNCTION chain_immutable, chain_guard_move;
"""


class Migration(migrations.Migration):
    dependencies = [("chain", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
