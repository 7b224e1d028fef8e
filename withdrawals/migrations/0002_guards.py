"""What was ordered never changes, and what the chain has answered is never forgotten: a lost poll id would be proposed again."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION withdrawals_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'withdrawal %: what was ordered or paid never changes', OLD.order_id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER withdrawals_guard BEFORE UPDATE ON withdrawals_withdrawal FOR EACH ROW WHEN (
    (OLD.pool_id, OLD.recipient, OLD.amount) IS DISTINCT FROM (NEW.pool_id, NEW.recipient, NEW.amount)
    OR (OLD.withdrawal_id IS NOT NULL AND OLD.withdrawal_id IS DISTINCT FROM NEW.withdrawal_id)
    OR (OLD.paid_amount IS NOT NULL AND OLD.paid_amount IS DISTINCT FROM NEW.paid_amount)
) EXECUTE FUNCTION withdrawals_guard();
"""

BACKWARDS = """
DROP TRIGGER withdrawals_guard ON withdrawals_withdrawal;
DROP FUNCTION withdrawals_guard;
"""


class Migration(migrations.Migration):
    dependencies = [("withdrawals", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
