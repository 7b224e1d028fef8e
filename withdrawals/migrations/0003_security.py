"""What was ordered can be neither deleted nor emptied away; what staff change of a pool goes into the trail."""

from django.db import migrations, models

FORWARDS = """
CREATE TRIGGER withdrawals_withdrawal_never_deleted BEFORE DELETE ON withdrawals_withdrawal FOR EACH ROW EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER withdrawals_withdrawal_never_emptied BEFORE TRUNCATE ON withdrawals_withdrawal EXECUTE FUNCTION orders_append_only();
CREATE CONSTRAINT TRIGGER withdrawals_pool_trail AFTER INSERT OR UPDATE OR DELETE ON withdrawals_pool DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_trail_record('', '');
"""

BACKWARDS = """
DROP TRIGGER withdrawals_pool_trail ON withdrawals_pool;
DROP TRIGGER withdrawals_withdrawal_never_emptied ON withdrawals_withdrawal;
DROP TRIGGER withdrawals_withdrawal_never_deleted ON withdrawals_withdrawal;
"""


class Migration(migrations.Migration):
    dependencies = [("withdrawals", "0002_guards"), ("orders", "0006_security")]
    operations = [
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(recipient__regex="^0x[0-9a-fA-F]{40}$")
                & ~models.Q(recipient="0x0000000000000000000000000000000000000000"),
                name="withdrawal_recipient_payable",
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
