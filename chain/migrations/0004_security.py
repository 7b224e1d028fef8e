"""The trail, written by triggers and chained by hashes; nothing of what was signed can be emptied away; real money is no playground."""

from django.db import migrations, models

FORWARDS = """
-- A row of the trail as one line of JSON, which is what its hash is made of.
CREATE FUNCTION chain_trail_text(t chain_trail) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_array(
        t.id, to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), t.actor, t.role, t.ip, t.request_id,
        t.action, t.subject, t.subject_id, t.before, t.after, t.reason
    )::text
$$;

-- Number, time and hash are given here, under a lock that is held until the commit: ids have no gaps, and no row comes between.
CREATE FUNCTION chain_trail_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    last record;
BEGIN
    PERFORM pg_advisory_xact_lock(x'547261696c'::bigint);  -- "Trail"
    SELECT t.id, t.hash INTO last FROM chain_trail t ORDER BY t.id DESC LIMIT 1;
    NEW.id := coalesce(last.id, 0) + 1;
    NEW.at := clock_timestamp();
    NEW.role := session_user;
    NEW.previous := coalesce(last.hash, repeat('0', 64));
    NEW.hash := encode(sha256(convert_to(NEW.previous || chain_trail_text(NEW), 'UTF8')), 'hex');
    RETURN NEW;
END $$;
CREATE TRIGGER chain_trail_link BEFORE INSERT ON chain_trail FOR EACH ROW EXECUTE FUNCTION chain_trail_link();

CREATE FUNCTION chain_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER chain_trail_append_only BEFORE UPDATE OR DELETE ON chain_trail FOR EACH ROW EXECUTE FUNCTION chain_append_only();
CREATE TRIGGER chain_trail_never_emptied BEFORE TRUNCATE ON chain_trail EXECUTE FUNCTION chain_append_only();
CREATE TRIGGER chain_transaction_never_emptied BEFORE TRUNCATE ON chain_transaction EXECUTE FUNCTION chain_append_only();
CREATE TRIGGER chain_attempt_never_emptied BEFORE TRUNCATE ON chain_attempt EXECUTE FUNCTION chain_append_only();

-- What the session was told of who is at work; the database's user where it was told nothing.
CREATE FUNCTION chain_trail_write(actor text, action text, subject text, subject_id text, before jsonb, after jsonb, reason text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO chain_trail (actor, ip, request_id, action, subject, subject_id, before, after, reason) VALUES (
        left(coalesce(nullif(actor, ''), nullif(current_setting('claimdesk.actor', true), ''), 'database:' || session_user), 200),
        left(coalesce(current_setting('claimdesk.ip', true), ''), 45),
        left(coalesce(current_setting('claimdesk.request_id', true), ''), 64),
        action, subject, left(coalesce(subject_id, ''), 64), before, after,
        coalesce(nullif(reason, ''), current_setting('claimdesk.reason', true), '')
    )
$$;

-- Nobody writes into the trail but the triggers, which run as the owner.
REVOKE EXECUTE ON FUNCTION chain_trail_write FROM PUBLIC;

-- A row without the columns that are nobody's business; of secrets a fingerprint, so that a change of them shows.
CREATE FUNCTION chain_trail_shown(row_ jsonb, hidden text, secret text) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(key, CASE
        WHEN key <> ALL (string_to_array(secret, ',')) OR value IN ('null', '""') THEN value
        WHEN key = 'rpc_urls' THEN to_jsonb(
            regexp_replace(value #>> '{}', '(\\w+://)([^/@\\s]*@)?([^/\\s?#]+)\\S*', '\\1\\3/…', 'g') || ' ' || fingerprint
        )
        ELSE to_jsonb(fingerprint)
    END)
    FROM jsonb_each(row_),
        LATERAL (SELECT 'sha256:' || left(encode(sha256(convert_to(value #>> '{}', 'UTF8')), 'hex'), 12) AS fingerprint) f
    WHERE key <> ALL (string_to_array(hidden, ','))
$$;

-- For any table: (columns left out, columns of which a fingerprint is kept). Of an update what has changed is kept.
CREATE FUNCTION chain_trail_record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    before jsonb; after jsonb; changed text[]; whole jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN before := chain_trail_shown(to_jsonb(OLD), TG_ARGV[0], TG_ARGV[1]); END IF;
    IF TG_OP <> 'DELETE' THEN after := chain_trail_shown(to_jsonb(NEW), TG_ARGV[0], TG_ARGV[1]); END IF;
    whole := coalesce(after, before);
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(key) INTO changed FROM jsonb_each(after) WHERE value IS DISTINCT FROM before -> key;
        IF changed IS NULL THEN RETURN NULL; END IF;
        SELECT jsonb_object_agg(key, before -> key), jsonb_object_agg(key, after -> key) INTO before, after FROM unnest(changed) AS key;
    END IF;
    PERFORM chain_trail_write('', lower(TG_OP), TG_TABLE_NAME::text, coalesce(whole ->> 'id', whole ->> 'group'), before, after, '');
    RETURN NULL;
END $$;

-- Deferred to the commit, so that the trail's lock is the last one anybody takes and never part of a deadlock.
CREATE CONSTRAINT TRIGGER chain_network_trail AFTER INSERT OR UPDATE OR DELETE ON chain_network DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_trail_record('simulation,rests_until', 'rpc_urls');
CREATE CONSTRAINT TRIGGER chain_wallet_trail AFTER INSERT OR DELETE ON chain_wallet DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_trail_record('', '');
-- The lane writes to its wallet several times a second: only what staff configure, and its status, is anybody's change.
CREATE CONSTRAINT TRIGGER chain_wallet_trail_update AFTER UPDATE OF network_id, name, address, signer, max_in_flight, status, status_reason, status_by
    ON chain_wallet DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
        (OLD.network_id, OLD.name, OLD.address, OLD.signer, OLD.max_in_flight, OLD.status, OLD.status_reason, OLD.status_by)
        IS DISTINCT FROM
        (NEW.network_id, NEW.name, NEW.address, NEW.signer, NEW.max_in_flight, NEW.status, NEW.status_reason, NEW.status_by)
    ) EXECUTE FUNCTION chain_trail_record(
        'next_nonce,fence,tick_asked_at,last_tick_at,waiting,waiting_since,waiting_detail,balance,chain_nonce,head_number', ''
    );
CREATE CONSTRAINT TRIGGER chain_transaction_trail AFTER UPDATE OF cancel_asked_by, cancel_reason
    ON chain_transaction DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
        (OLD.cancel_asked_by, OLD.cancel_reason) IS DISTINCT FROM (NEW.cancel_asked_by, NEW.cancel_reason)
    ) EXECUTE FUNCTION chain_trail_record('data', '');
"""

BACKWARDS = """
DROP TRIGGER chain_transaction_trail ON chain_transaction;
DROP TRIGGER chain_wallet_trail_update ON chain_wallet;
DROP TRIGGER chain_wallet_trail ON chain_wallet;
DROP TRIGGER chain_network_trail ON chain_network;
DROP TRIGGER chain_attempt_never_emptied ON chain_attempt;
DROP TRIGGER chain_transaction_never_emptied ON chain_transaction;
DROP TRIGGER chain_trail_never_emptied ON chain_trail;
DROP TRIGGER chain_trail_append_only ON chain_trail;
DROP TRIGGER chain_trail_link ON chain_trail;
DROP FUNCTION chain_trail_record, chain_trail_shown, chain_trail_write, chain_append_only, chain_trail_link, chain_trail_text;
"""


# chain.states.REAL_MONEY
REAL_MONEY = (
    1, 10, 14, 25, 30, 40, 42, 50, 56, 100, 106, 130, 137, 146, 169, 204, 250, 252, 288, 324, 480, 592, 999, 1088, 1101, 1135,
    1284, 1285, 1329, 1514, 1868, 2020, 2222, 5000, 7700, 8217, 8453, 33139, 34443, 42161, 42170, 42220, 43114, 48900, 57073,
    59144, 60808, 80094, 81457, 167000, 534352, 7777777, 1313161554, 1666600000,
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("chain", "0003_release")]
    operations = [
        migrations.CreateModel(
            name="Trail",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        help_text="Without gaps, in the order of the commits.", primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "actor",
                    models.CharField(
                        help_text="staff:NAME, client:NAME, command; else the database's own user.", max_length=200
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        help_text="The database's user: web process, worker or somebody at a console.", max_length=64
                    ),
                ),
                ("ip", models.CharField(blank=True, max_length=45)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                (
                    "action",
                    models.CharField(
                        help_text="insert, update, delete; move of an order; admin, as staff were told.", max_length=12
                    ),
                ),
                ("subject", models.CharField(db_index=True, help_text="The table.", max_length=63)),
                ("subject_id", models.CharField(db_index=True, max_length=64)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("previous", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64, unique=True)),
            ],
            options={"verbose_name": "change", "ordering": ["-id"]},
        ),
        migrations.AddConstraint(
            model_name="network",
            constraint=models.CheckConstraint(
                condition=~models.Q(chain_id__in=REAL_MONEY, environment="development"),
                name="network_of_real_money_is_no_development",
                violation_error_message="This chain carries real money: it cannot be marked as a development chain.",
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
