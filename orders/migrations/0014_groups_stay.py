"""What a reward, pool or staking contract pays in stays what it is once it has orders.

Whether an order was paid is read from the events of that contract. Pointed at another one, what was paid at the first would be
seen by nobody: not by the gate that sets an order going again, nor by the audit.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION orders_guard_group() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has_orders boolean;
BEGIN
    -- The table of its orders, and their column for it.
    EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)', TG_ARGV[0], TG_ARGV[1]) INTO has_orders USING OLD.id;
    IF has_orders THEN
        RAISE EXCEPTION '% has orders: what it pays in never changes', OLD.name USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0013_redis_intakes")]
    operations = [migrations.RunSQL(FORWARDS, "DROP FUNCTION orders_guard_group")]
