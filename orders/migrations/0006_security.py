"""Who an order is from and for what never changes; history cannot be emptied away; changes that people make go into the trail."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION orders_guard_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order %: what was ordered, and by whom, never changes', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER orders_guard_identity BEFORE UPDATE OF kind, client_id, external_id, idempotency_key, request_hash, wallet_id, "group"
    ON orders_order FOR EACH ROW WHEN (
        (OLD.kind, OLD.client_id, OLD.external_id, OLD.idempotency_key, OLD.request_hash, OLD.wallet_id, OLD."group")
        IS DISTINCT FROM
        (NEW.kind, NEW.client_id, NEW.external_id, NEW.idempotency_key, NEW.request_hash, NEW.wallet_id, NEW."group")
    ) EXECUTE FUNCTION orders_guard_identity();

CREATE TRIGGER orders_order_never_emptied BEFORE TRUNCATE ON orders_order EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER orders_event_never_emptied BEFORE TRUNCATE ON orders_event EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER orders_bulkrequest_never_emptied BEFORE TRUNCATE ON orders_bulkrequest EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER orders_bulkrequest_never_deleted BEFORE DELETE ON orders_bulkrequest
    FOR EACH ROW EXECUTE FUNCTION orders_append_only();

-- What people and clients do to an order once it is there. What the lane does is in the order's own history.
CREATE FUNCTION orders_trail_move() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM chain_trail_write(
        NEW.actor, 'move', 'orders_order', NEW.order_id::text, jsonb_build_object('status', NEW.from_status),
        jsonb_build_object('status', NEW.to_status, 'reason', NEW.reason), NEW.note
    );
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER orders_trail_move AFTER INSERT ON orders_event DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.from_status <> '' AND NEW.actor <> 'lane') EXECUTE FUNCTION orders_trail_move();

CREATE CONSTRAINT TRIGGER orders_client_trail AFTER INSERT OR UPDATE OR DELETE ON orders_client DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_trail_record('', '');
CREATE CONSTRAINT TRIGGER orders_apikey_trail AFTER INSERT OR UPDATE OR DELETE ON orders_apikey DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_trail_record('digest', '');
CREATE CONSTRAINT TRIGGER orders_stop_trail AFTER INSERT OR UPDATE OR DELETE ON orders_stop DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_trail_record('', '');
"""

BACKWARDS = """
DROP TRIGGER orders_stop_trail ON orders_stop;
DROP TRIGGER orders_apikey_trail ON orders_apikey;
DROP TRIGGER orders_client_trail ON orders_client;
DROP TRIGGER orders_trail_move ON orders_event;
DROP TRIGGER orders_bulkrequest_never_deleted ON orders_bulkrequest;
DROP TRIGGER orders_bulkrequest_never_emptied ON orders_bulkrequest;
DROP TRIGGER orders_event_never_emptied ON orders_event;
DROP TRIGGER orders_order_never_emptied ON orders_order;
DROP TRIGGER orders_guard_identity ON orders_order;
DROP FUNCTION orders_trail_move, orders_guard_identity;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_heartbeat"), ("chain", "0004_security")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
