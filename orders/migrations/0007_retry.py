"""No way back to the queue, and none from failed or held to completed, without the evidence of `orders.retry`; two people where
that evidence conflicts. Repeated here by the database, so that no code path, shell or psql session gets around it unnoticed.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION orders_guard_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bound boolean := EXISTS (SELECT FROM orders_event e WHERE e.order_id = OLD.id AND e.transaction_id IS NOT NULL);
    two boolean := OLD.status = 'held' AND OLD.reason IN ('review', 'foreign');
    expired boolean := COALESCE(OLD.reason = 'staff' AND OLD.held_until <= clock_timestamp(), false);
    confirmed boolean := EXISTS (
        SELECT FROM orders_releaserequest r WHERE r.order_id = OLD.id AND r.revision = OLD.revision AND r.confirmed_by <> ''
    );
    verdict text := (
        SELECT e.evidence ->> 'verdict' FROM orders_event e
        WHERE e.order_id = OLD.id AND e.from_status = OLD.status AND e.to_status = NEW.status
            AND e.evidence ->> 'revision' = OLD.revision::text
        ORDER BY e.id DESC LIMIT 1
    );
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
        IF verdict = 'safe' OR (two AND verdict = 'unsure') THEN
            RETURN NULL;
        END IF;
        RAISE EXCEPTION 'order % may not go again without evidence', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
-- After the update, so that the event which the same statement writes is seen.
CREATE TRIGGER orders_guard_evidence AFTER UPDATE OF status ON orders_order
    FOR EACH ROW WHEN (OLD.status IN ('failed', 'held') AND NEW.status IN ('pending', 'completed'))
    EXECUTE FUNCTION orders_guard_evidence();

-- A journal binds an order again to the transaction that was sent for it, by way of pending. It must be bound when the commit ends.
CREATE FUNCTION orders_guard_restored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM orders_order o WHERE o.id = NEW.id AND o.status = 'pending' AND o.revision = NEW.revision) THEN
        RAISE EXCEPTION 'order % was restored and bound to nothing', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER orders_guard_restored AFTER UPDATE OF status ON orders_order DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.status IN ('failed', 'held') AND NEW.status = 'pending' AND NEW.reason = 'restored')
    EXECUTE FUNCTION orders_guard_restored();

-- A hold by staff has an end of its own only because the order was free to go before it.
CREATE FUNCTION orders_guard_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'order % was bound, and so is not held by staff', OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER orders_guard_hold BEFORE UPDATE OF status, reason ON orders_order
    FOR EACH ROW WHEN (NEW.status = 'held' AND NEW.reason = 'staff' AND OLD.status <> 'pending' AND OLD.reason <> 'staff')
    EXECUTE FUNCTION orders_guard_hold();

CREATE TRIGGER orders_release_request_kept BEFORE DELETE OR UPDATE OF order_id, revision, asked_by, asked_reason, asked_at
    ON orders_releaserequest FOR EACH ROW EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER orders_release_confirmed_once BEFORE UPDATE OF confirmed_by ON orders_releaserequest
    FOR EACH ROW WHEN (OLD.confirmed_by <> '') EXECUTE FUNCTION orders_append_only();
"""

BACKWARDS = """
DROP TRIGGER orders_release_confirmed_once ON orders_releaserequest;
DROP TRIGGER orders_release_request_kept ON orders_releaserequest;
DROP TRIGGER orders_guard_hold ON orders_order;
DROP TRIGGER orders_guard_restored ON orders_order;
DROP TRIGGER orders_guard_evidence ON orders_order;
DROP FUNCTION orders_guard_hold, orders_guard_restored, orders_guard_evidence;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReleaseRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField(help_text="The order's, when it was asked for.")),
                ("asked_by", models.CharField(help_text="staff:NAME", max_length=100)),
                ("asked_reason", models.TextField()),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("confirmed_by", models.CharField(blank=True, help_text="staff:NAME, never the one who asked", max_length=100)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="release_requests", to="orders.order"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "revision"), name="release_request_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("asked_by__startswith", "staff:"),
                            models.Q(
                                ("confirmed_by", ""),
                                models.Q(
                                    ("confirmed_by__startswith", "staff:"),
                                    models.Q(("confirmed_by", models.F("asked_by")), _negated=True),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="release_request_two_people",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
