"""What somebody signed never changes and is never lost; what staff change of a staking contract goes into the trail."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION stakes_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stake %: what was signed never changes', OLD.order_id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER stakes_guard BEFORE UPDATE ON stakes_stake FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION stakes_guard();
CREATE TRIGGER stakes_stake_never_deleted BEFORE DELETE ON stakes_stake FOR EACH ROW EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER stakes_stake_never_emptied BEFORE TRUNCATE ON stakes_stake EXECUTE FUNCTION orders_append_only();
CREATE CONSTRAINT TRIGGER stakes_stakingcontract_trail AFTER INSERT OR UPDATE OR DELETE ON stakes_stakingcontract
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_trail_record('', '');
"""

BACKWARDS = """
DROP TRIGGER stakes_stakingcontract_trail ON stakes_stakingcontract;
DROP TRIGGER stakes_stake_never_emptied ON stakes_stake;
DROP TRIGGER stakes_stake_never_deleted ON stakes_stake;
DROP TRIGGER stakes_guard ON stakes_stake;
DROP FUNCTION stakes_guard;
"""


class Migration(migrations.Migration):
    dependencies = [("stakes", "0001_initial"), ("orders", "0011_stakes")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
