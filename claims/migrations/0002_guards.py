"""What was ordered never changes, and what the chain has answered is never forgotten."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION claims_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'claim %: what was ordered or minted never changes', OLD.order_id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER claims_guard BEFORE UPDATE ON claims_claim FOR EACH ROW WHEN (
    (OLD.reward_id, OLD.recipient, OLD.quantity, OLD.token_id)
        IS DISTINCT FROM (NEW.reward_id, NEW.recipient, NEW.quantity, NEW.token_id)
    OR (OLD.token_ids IS NOT NULL AND OLD.token_ids IS DISTINCT FROM NEW.token_ids)
) EXECUTE FUNCTION claims_guard();
"""

BACKWARDS = """
DROP TRIGGER claims_guard ON claims_claim;
DROP FUNCTION claims_guard;
"""


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
