"""A reward that has orders mints on the contract where it began, or pays from the pool where it began."""

from django.db import migrations

FORWARDS = """
CREATE TRIGGER claims_guard_reward BEFORE UPDATE OF contract, standard, pool_id ON claims_reward
    FOR EACH ROW WHEN ((OLD.contract, OLD.standard, OLD.pool_id) IS DISTINCT FROM (NEW.contract, NEW.standard, NEW.pool_id)) EXECUTE FUNCTION orders_guard_group('claims_claim', 'reward_id');
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0007_amount_given"), ("orders", "0014_groups_stay")]
    operations = [migrations.RunSQL(FORWARDS, "DROP TRIGGER claims_guard_reward ON claims_reward")]
