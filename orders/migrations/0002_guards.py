"""The law of `orders.states.MOVES`, repeated by the database: no code path, shell or psql session can break it unnoticed."""

from django.db import migrations

LEGAL = [
    ("pending", "busy"), ("pending", "held"), ("pending", "failed"), ("pending", "cancelled"),
    ("held", "pending"), ("held", "failed"), ("held", "completed"), ("held", "cancelled"),
    ("busy", "completed"), ("busy", "failed"), ("busy", "pending"), ("busy", "held"),
    ("failed", "pending"), ("failed", "completed"), ("failed", "cancelled"),
]  # fmt: skip

FORWARDS = f"""
CREATE FUNCTION orders_guard_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN ({", ".join(f"('{a}', '{b}')" for a, b in LEGAL)}) THEN
        RAISE EXCEPTION 'order % may not go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
    END IF;
    -- Leaving a transaction, or being paid by one, takes its final receipt.
    IF OLD.status = 'busy' AND EXISTS (SELECT FROM chain_transaction t WHERE t.id = OLD.transaction_id AND t.status <> 'final') THEN
        RAISE EXCEPTION 'order % is bound to a transaction that is not final', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'completed' AND NOT EXISTS (
        SELECT FROM chain_transaction t WHERE t.id = NEW.transaction_id AND t.status = 'final' AND t.outcome = 'succeeded'
    ) THEN
        RAISE EXCEPTION 'order % cannot be completed without a final, successful transaction', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_guard_move BEFORE UPDATE OF status ON orders_order
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION orders_guard_move();

-- A bound order keeps its transaction for as long as it is bound.
CREATE FUNCTION orders_guard_binding() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % is bound to a transaction already', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER orders_guard_binding BEFORE UPDATE OF transaction_id ON orders_order
    FOR EACH ROW WHEN (OLD.status = 'busy' AND NEW.status = 'busy' AND OLD.transaction_id IS DISTINCT FROM NEW.transaction_id)
    EXECUTE FUNCTION orders_guard_binding();

CREATE FUNCTION orders_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER orders_event_append_only BEFORE UPDATE OR DELETE ON orders_event
    FOR EACH ROW EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER orders_order_never_deleted BEFORE DELETE ON orders_order
    FOR EACH ROW EXECUTE FUNCTION orders_append_only();
"""

BACKWARDS = """
DROP TRIGGER orders_order_never_deleted ON orders_order;
DROP TRIGGER orders_event_append_only ON orders_event;
DROP TRIGGER orders_guard_binding ON orders_order;
DROP TRIGGER orders_guard_move ON orders_order;
DROP FUNCTION orders_append_only, orders_guard_binding, orders_guard_move;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("chain", "0002_guards")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
