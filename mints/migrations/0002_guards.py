"""What an item is never changes, nor what its metadata and its leaf are made of; a job moves along its table only."""

from django.db import migrations

# mints.states.JOB_MOVES. A copy, because a migration is history.
LEGAL = [
    ("running", "paused"), ("running", "failed"), ("running", "completed"), ("running", "cancelled"),
    ("paused", "running"), ("paused", "cancelled"),
    ("failed", "running"), ("failed", "cancelled"),
]  # fmt: skip
# What a collection stays once it has items: where they are minted, and what every metadata file and leaf says alike.
STAYS = (
    "standard", "contract", "program", "wallet_id", "file_names", "name", "symbol", "description", "external_url", "royalty",
    "creators", "images_planned",
)  # fmt: skip
PROGRESS = "stage,message,done,total,percentage,attempts,next_at,errors,moved_at,asked_at"  # nobody's change


def row(name: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{name}.{column}" for column in columns)


FORWARDS = f"""
CREATE FUNCTION mints_guard_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'item %: what was ordered or minted never changes', OLD.order_id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER mints_guard_item BEFORE UPDATE ON mints_item FOR EACH ROW WHEN (
    (OLD.collection_id, OLD.number, OLD.name, OLD.description, OLD.attributes, OLD.image_id, OLD.recipient, OLD.quantity,
     OLD.token_id) IS DISTINCT FROM
    (NEW.collection_id, NEW.number, NEW.name, NEW.description, NEW.attributes, NEW.image_id, NEW.recipient, NEW.quantity,
     NEW.token_id)
    OR (OLD.token_ids IS NOT NULL AND OLD.token_ids IS DISTINCT FROM NEW.token_ids)
    OR (OLD.tree <> '' AND (OLD.tree, OLD.leaf_index, OLD.leaf_hash, OLD.asset_id)
        IS DISTINCT FROM (NEW.tree, NEW.leaf_index, NEW.leaf_hash, NEW.asset_id))
) EXECUTE FUNCTION mints_guard_item();
CREATE TRIGGER mints_item_never_deleted BEFORE DELETE ON mints_item FOR EACH ROW EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER mints_item_never_emptied BEFORE TRUNCATE ON mints_item EXECUTE FUNCTION orders_append_only();

CREATE FUNCTION mints_guard_asset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'picture %: what it is never changes', OLD.name USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER mints_guard_asset BEFORE UPDATE ON mints_asset FOR EACH ROW WHEN (
    (OLD.collection_id, OLD.name, OLD.media_type, OLD.sha256, OLD.cid)
    IS DISTINCT FROM (NEW.collection_id, NEW.name, NEW.media_type, NEW.sha256, NEW.cid)
) EXECUTE FUNCTION mints_guard_asset();

CREATE TRIGGER mints_guard_collection BEFORE UPDATE OF {", ".join(STAYS)} ON mints_collection
    FOR EACH ROW WHEN (({row("OLD", STAYS)}) IS DISTINCT FROM ({row("NEW", STAYS)}))
    EXECUTE FUNCTION orders_guard_group('mints_item', 'collection_id');

-- The folders are in the metadata, in signed calls and in leaves: once an item was let go they are what they are.
CREATE FUNCTION mints_guard_folders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.images_cid <> '' AND OLD.images_cid <> NEW.images_cid OR OLD.metadata_cid <> '' AND OLD.metadata_cid <> NEW.metadata_cid)
        AND EXISTS (SELECT FROM mints_item i JOIN orders_order o ON o.id = i.order_id
                    WHERE i.collection_id = OLD.id AND NOT (o.status = 'held' AND o.reason = 'not_released')) THEN
        RAISE EXCEPTION '% has items that were let go: its folders never change', OLD.name USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mints_guard_folders BEFORE UPDATE OF images_cid, metadata_cid ON mints_collection
    FOR EACH ROW EXECUTE FUNCTION mints_guard_folders();

CREATE FUNCTION mints_guard_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'job %: % does not become %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER mints_guard_job BEFORE UPDATE OF status ON mints_mintjob FOR EACH ROW WHEN (
    OLD.status <> NEW.status
    AND (OLD.status, NEW.status) NOT IN ({", ".join(f"('{before}', '{after}')" for before, after in LEGAL)})
) EXECUTE FUNCTION mints_guard_job();
CREATE TRIGGER mints_job_never_deleted BEFORE DELETE ON mints_mintjob FOR EACH ROW EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER mints_job_never_emptied BEFORE TRUNCATE ON mints_mintjob EXECUTE FUNCTION orders_append_only();

CREATE CONSTRAINT TRIGGER mints_job_trail AFTER INSERT ON mints_mintjob DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_trail_record('{PROGRESS}', '');
CREATE CONSTRAINT TRIGGER mints_job_trail_update AFTER UPDATE OF status ON mints_mintjob DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION chain_trail_record('{PROGRESS}', '');
CREATE CONSTRAINT TRIGGER mints_press_trail AFTER INSERT OR UPDATE OR DELETE ON mints_press
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chain_trail_record('', '');
-- What the stages find is nobody's change.
CREATE CONSTRAINT TRIGGER mints_collection_trail AFTER INSERT OR DELETE ON mints_collection DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION chain_trail_record('images_cid,metadata_cid,warnings', '');
CREATE CONSTRAINT TRIGGER mints_collection_trail_update AFTER UPDATE ON mints_collection DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (to_jsonb(OLD) - '{{images_cid,metadata_cid,warnings}}'::text[]
        IS DISTINCT FROM to_jsonb(NEW) - '{{images_cid,metadata_cid,warnings}}'::text[])
    EXECUTE FUNCTION chain_trail_record('images_cid,metadata_cid,warnings', '');
"""

BACKWARDS = """
DROP TRIGGER mints_collection_trail_update ON mints_collection;
DROP TRIGGER mints_collection_trail ON mints_collection;
DROP TRIGGER mints_press_trail ON mints_press;
DROP TRIGGER mints_job_trail_update ON mints_mintjob;
DROP TRIGGER mints_job_trail ON mints_mintjob;
DROP TRIGGER mints_job_never_emptied ON mints_mintjob;
DROP TRIGGER mints_job_never_deleted ON mints_mintjob;
DROP TRIGGER mints_guard_job ON mints_mintjob;
DROP FUNCTION mints_guard_job;
DROP TRIGGER mints_guard_folders ON mints_collection;
DROP FUNCTION mints_guard_folders;
DROP TRIGGER mints_guard_collection ON mints_collection;
DROP TRIGGER mints_guard_asset ON mints_asset;
DROP FUNCTION mints_guard_asset;
DROP TRIGGER mints_item_never_emptied ON mints_item;
DROP TRIGGER mints_item_never_deleted ON mints_item;
DROP TRIGGER mints_guard_item ON mints_item;
DROP FUNCTION mints_guard_item;
"""


class Migration(migrations.Migration):
    dependencies = [("mints", "0001_initial"), ("orders", "0015_groundwork")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
