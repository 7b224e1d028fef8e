"""What a process without the right to store signed bytes may do to nonces: only what the release of a quarantine needs.

The web process releases wallets, for two people, and so writes fences, nonces and a row for each nonce that was spent
elsewhere. Whoever took it over must gain nothing by that: counters only grow, and a row of its making is final and empty.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION chain_guard_nonces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT has_table_privilege('chain_attempt', 'INSERT') THEN
        RAISE EXCEPTION '% may not write this to %', current_user, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chain_guard_wallet_nonces BEFORE UPDATE OF next_nonce, first_nonce, fence ON chain_wallet FOR EACH ROW WHEN (
    NEW.fence < OLD.fence OR NEW.next_nonce < OLD.next_nonce OR (OLD.next_nonce IS NOT NULL AND NEW.next_nonce IS NULL)
    OR (OLD.first_nonce IS NOT NULL AND NEW.first_nonce IS DISTINCT FROM OLD.first_nonce)
) EXECUTE FUNCTION chain_guard_nonces();
CREATE TRIGGER chain_guard_transaction_rows BEFORE INSERT ON chain_transaction FOR EACH ROW WHEN (
    NEW.status <> 'final' OR NEW.outcome <> 'foreign' OR NEW.data <> '' OR NEW.value <> 0 OR NEW.gas_limit <> 0
) EXECUTE FUNCTION chain_guard_nonces();

-- Who asked for the release of a quarantine, and whether anything is sent at all, are for the trail as well.
CREATE CONSTRAINT TRIGGER chain_wallet_trail_release AFTER UPDATE OF release_asked_by, release_reason, released_by
    ON chain_wallet DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
        OLD.status = NEW.status AND (OLD.release_asked_by, OLD.release_reason, OLD.released_by)
        IS DISTINCT FROM (NEW.release_asked_by, NEW.release_reason, NEW.released_by)
    ) EXECUTE FUNCTION chain_trail_record(
        'next_nonce,fence,tick_asked_at,last_tick_at,waiting,waiting_since,waiting_detail,balance,chain_nonce,head_number', ''
    );
CREATE CONSTRAINT TRIGGER chain_installation_trail AFTER INSERT OR UPDATE OR DELETE
    ON chain_installation DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_trail_record('', '');
"""

BACKWARDS = """
DROP TRIGGER chain_installation_trail ON chain_installation;
DROP TRIGGER chain_wallet_trail_release ON chain_wallet;
DROP TRIGGER chain_guard_transaction_rows ON chain_transaction;
DROP TRIGGER chain_guard_wallet_nonces ON chain_wallet;
DROP FUNCTION chain_guard_nonces;
"""


class Migration(migrations.Migration):
    dependencies = [("chain", "0004_security")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
