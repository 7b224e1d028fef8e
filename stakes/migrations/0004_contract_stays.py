"""A staking contract that has orders stays the one it is."""

from django.db import migrations

FORWARDS = """
CREATE TRIGGER stakes_guard_contract BEFORE UPDATE OF contract, emitter ON stakes_stakingcontract
    FOR EACH ROW WHEN ((OLD.contract, OLD.emitter) IS DISTINCT FROM (NEW.contract, NEW.emitter)) EXECUTE FUNCTION orders_guard_group('stakes_stake', 'staking_id');
"""


class Migration(migrations.Migration):
    dependencies = [("stakes", "0003_stream"), ("orders", "0014_groups_stay")]
    operations = [migrations.RunSQL(FORWARDS, "DROP TRIGGER stakes_guard_contract ON stakes_stakingcontract")]
