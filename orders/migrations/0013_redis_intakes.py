"""A worker takes orders out of Redis: it may store stakes and claims, and still no withdrawal."""

from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION orders_guard_intake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT has_table_privilege('orders_bulkrequest', 'INSERT') THEN
        RAISE EXCEPTION '% may not write this to %', current_user, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_guard_intake BEFORE INSERT ON orders_order
    FOR EACH ROW WHEN (NEW.kind IS NULL OR NEW.kind NOT IN ('stake', 'claim')) EXECUTE FUNCTION orders_guard_intake();
"""

BACKWARDS = """
DROP TRIGGER orders_guard_intake ON orders_order;
DROP FUNCTION orders_guard_intake;
"""

PARTS = [("pulse", "Pulse"), ("guard", "Guard"), ("tasks", "Tasks"), ("stream", "Stream")]


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_request_expired")]
    operations = [
        migrations.AlterField("heartbeat", "part", models.CharField(choices=PARTS, max_length=10)),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
