"""What people say of orders whose evidence conflicts, and of what audits found, goes into the trail."""

from django.db import migrations

FORWARDS = """
CREATE CONSTRAINT TRIGGER orders_releaserequest_trail AFTER INSERT OR UPDATE ON orders_releaserequest
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_trail_record('', '');
CREATE CONSTRAINT TRIGGER orders_auditfinding_trail AFTER UPDATE OF looked_at, looked_at_by, looked_at_reason ON orders_auditfinding
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_trail_record('last_run_id', '');
"""

BACKWARDS = """
DROP TRIGGER orders_auditfinding_trail ON orders_auditfinding;
DROP TRIGGER orders_releaserequest_trail ON orders_releaserequest;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_retry"), ("chain", "0004_security")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
