"""A pool that has orders pays what it paid when it began."""

from django.db import migrations

FORWARDS = """
CREATE TRIGGER withdrawals_guard_pool BEFORE UPDATE OF kind, contract, token ON withdrawals_pool
    FOR EACH ROW WHEN ((OLD.kind, OLD.contract, OLD.token) IS DISTINCT FROM (NEW.kind, NEW.contract, NEW.token)) EXECUTE FUNCTION orders_guard_group('withdrawals_withdrawal', 'pool_id');
"""


class Migration(migrations.Migration):
    dependencies = [("withdrawals", "0004_paid_view"), ("orders", "0014_groups_stay")]
    operations = [migrations.RunSQL(FORWARDS, "DROP TRIGGER withdrawals_guard_pool ON withdrawals_pool")]
