"""Two people may let any order go again whose evidence conflicts, not only one that is held for that: its evidence stays what it
is when somebody holds it once more for another reason. And they may answer for what conflicts only, never for what is not known.
"""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION orders_guard_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bound boolean := EXISTS (SELECT FROM orders_event e WHERE e.order_id = OLD.id AND e.transaction_id IS NOT NULL);
    two boolean := OLD.status = 'held' AND OLD.reason IN ('review', 'foreign');
    expired boolean := COALESCE(OLD.reason = 'staff' AND OLD.held_until <= clock_timestamp(), false);
    confirmed boolean := EXISTS (
        SELECT FROM orders_releaserequest r WHERE r.order_id = OLD.id AND r.revision = OLD.revision AND r.confirmed_by <> ''
    );
    finding jsonb := (
        SELECT e.evidence FROM orders_event e
        WHERE e.order_id = OLD.id AND e.from_status = OLD.status AND e.to_status = NEW.status
            AND e.evidence ->> 'revision' = OLD.revision::text
        ORDER BY e.id DESC LIMIT 1
    );
    verdict text := finding ->> 'verdict';
    conflicts boolean := verdict = 'unsure' AND finding ->> 'cause' IN ('foreign', 'review', 'strange_payment', 'said_paid');
BEGIN
    IF NEW.status = 'completed' THEN
        IF verdict IS DISTINCT FROM 'paid' OR NOT EXISTS (
            SELECT FROM orders_event e WHERE e.order_id = OLD.id AND e.to_status = 'busy' AND e.transaction_id = NEW.transaction_id
        ) THEN
            RAISE EXCEPTION 'order % may not be completed without proof', OLD.id USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.reason = 'restored' THEN
        RETURN NULL;  -- on its way to the transaction that was sent for it; see orders_guard_restored
    ELSIF two AND NOT confirmed THEN
        RAISE EXCEPTION 'order % may be released by two members of staff only', OLD.id USING ERRCODE = 'check_violation';
    ELSIF OLD.status = 'failed' OR two OR (bound AND NOT expired) THEN
        IF verdict = 'safe' OR (confirmed AND conflicts) THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'order % may not go again without evidence', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_doubt")]
    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
