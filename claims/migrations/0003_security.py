"""What was ordered can be neither deleted nor emptied away; what staff change of a reward goes into the trail."""

from django.db import migrations, models

FORWARDS = """
CREATE TRIGGER claims_claim_never_deleted BEFORE DELETE ON claims_claim FOR EACH ROW EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER claims_claim_never_emptied BEFORE TRUNCATE ON claims_claim EXECUTE FUNCTION orders_append_only();
CREATE CONSTRAINT TRIGGER claims_reward_trail AFTER INSERT OR DELETE ON claims_reward DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_trail_record('taken', '');
-- Each claim of a limited reward counts in this row: that is nobody's change, and must cost next to nothing.
CREATE CONSTRAINT TRIGGER claims_reward_trail_update AFTER UPDATE ON claims_reward DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (to_jsonb(OLD) - 'taken' IS DISTINCT FROM to_jsonb(NEW) - 'taken')
    EXECUTE FUNCTION chain_trail_record('taken', '');
"""

BACKWARDS = """
DROP TRIGGER claims_reward_trail_update ON claims_reward;
DROP TRIGGER claims_reward_trail ON claims_reward;
DROP TRIGGER claims_claim_never_emptied ON claims_claim;
DROP TRIGGER claims_claim_never_deleted ON claims_claim;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0002_guards"), ("orders", "0006_security")]
    operations = [
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(recipient__regex="^0x[0-9a-fA-F]{40}$")
                & ~models.Q(recipient="0x0000000000000000000000000000000000000000"),
                name="claim_recipient_payable",
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
