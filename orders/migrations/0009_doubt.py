"""A doubt about a wallet's orders ends when none of them is pending any more, and what people have looked at only grows."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION orders_guard_doubt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.doubt_before IS NOT NULL AND NEW.doubt_before IS DISTINCT FROM OLD.doubt_before AND EXISTS (
        SELECT FROM orders_order o
        WHERE o.wallet_id = OLD.id AND o.status = 'pending' AND o.created < OLD.doubt_before
            AND (NEW.doubt_before IS NULL OR o.created >= NEW.doubt_before)
    ) THEN
        RAISE EXCEPTION 'wallet %: orders that may have been paid elsewhere are still pending', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.trusted_block < OLD.trusted_block THEN
        RAISE EXCEPTION 'wallet %: what people have looked at only grows', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_guard_doubt BEFORE UPDATE OF doubt_before, trusted_block ON chain_wallet
    FOR EACH ROW EXECUTE FUNCTION orders_guard_doubt();
"""

BACKWARDS = """
DROP TRIGGER orders_guard_doubt ON chain_wallet;
DROP FUNCTION orders_guard_doubt;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0008_trail"), ("chain", "0005_web_role")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
