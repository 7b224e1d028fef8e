"""What each process may do in the database: one role for the web process, one for the worker, each with what it needs.

Neither can change its own rights, alter a table, or touch what is history. Whoever takes over the web process cannot write a
transaction or a task; whoever takes over a worker, which has the keys, cannot invent withdrawals that would make them sign. The
stakes and claims that it takes out of Redis it does store (orders/migrations/0013_redis_intakes.py).
Every table has a line here; a test finds the one that lacks it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db import connection
from psycopg import sql

READ = "SELECT"
ADD = "SELECT, INSERT"
EDIT = "SELECT, INSERT, UPDATE, DELETE"  # configuration and what is only of this moment
NONE = ""


@dataclass(frozen=True, slots=True)
class Rights:
    """PostgreSQL's words after GRANT, separated by commas; columns in brackets after UPDATE."""

    web: str = READ
    worker: str = READ


# An order's way, and a hold: `orders.moves` writes these, for staff and for the lane.
_MOVE = "UPDATE (status, reason, fail_reason, transaction_id, tries, gas_used, held_by, held_until, revision, moved_at)"
_STATUS = (
    "status, status_reason, status_by, status_since, "
    "release_asked_by, release_asked_at, release_reason, release_nonce, released_by"
)
# The release of a quarantine writes these too. A trigger lets whoever may not store signed bytes only raise the counters, and
# only add transactions that are final, empty and somebody else's (chain/migrations/0005_web_role.py).
_NONCES = "first_nonce, next_nonce, fence, trusted_block, doubt_before"
_SET = "network_id, name, address, signer, sponsor_id, forwarder_nonce, max_in_flight, minimum_balance, alert_balance"
_LANE = (
    "tick_asked_at, last_tick_at, waiting, waiting_since, waiting_detail, balance, chain_nonce, head_number, head_at, looked_at"
)
_JOB = (
    "UPDATE (status, stage, message, done, total, percentage, attempts, next_at, errors, status_by, stopped_at, asked_at, "
    "moved_at, ended_at)"
)
# What nobody could read has become an order after all.
_READ_AGAIN = "UPDATE (order_id, problem)"

RIGHTS = {
    # -- chain: the web process configures and asks; the worker signs and sends
    "chain_installation": Rights(
        READ, f"{ADD}, UPDATE (identity, maintenance_since, maintenance_reason, maintenance_by, maintenance_ended)"
    ),
    "chain_network": Rights(EDIT, f"{READ}, UPDATE (simulation, rests_until)"),
    "chain_wallet": Rights(
        f"{ADD}, DELETE, UPDATE ({_SET}, {_STATUS}, {_NONCES})",
        f"{READ}, UPDATE ({_STATUS}, {_NONCES}, {_LANE}, forwarder_nonce)",
    ),
    "chain_transaction": Rights(
        f"{ADD}, UPDATE (cancel_asked_by, cancel_reason)",
        f"{ADD}, UPDATE (status, outcome, mined_hash, block_number, block_hash, gas_used, gas_price, fee, mined_at, final_at)",
    ),
    "chain_attempt": Rights(READ, f"{ADD}, UPDATE (answer, message, first_sent_at, last_sent_at)"),
    "chain_forwardrequest": Rights(READ, f"{ADD}, UPDATE (outcome)"),
    "chain_trail": Rights(READ, NONE),  # written by triggers, which run as the owner
    # -- orders: taken by the web process, moved by both
    "orders_order": Rights(f"{ADD}, {_MOVE}", f"{ADD}, {_MOVE}"),  # a trigger lets the worker add no withdrawal
    "orders_event": Rights(ADD, ADD),
    "orders_stop": Rights(EDIT, ADD),
    "orders_groundwork": Rights(ADD, f"{ADD}, UPDATE (address, transaction_id, leaves, done_at)"),
    "orders_heartbeat": Rights(READ, EDIT),
    "orders_client": Rights(EDIT, ADD),  # one without a key, for what comes out of Redis
    "orders_apikey": Rights(EDIT, NONE),
    "orders_releaserequest": Rights(f"{ADD}, UPDATE (confirmed_by)", READ),
    "orders_auditrun": Rights(READ, f"{ADD}, UPDATE (finished, complete, problem, found, reached, totals)"),
    "orders_auditfinding": Rights(
        f"{READ}, UPDATE (looked_at, looked_at_by, looked_at_reason)",
        f"{ADD}, UPDATE (last_run_id, severity, sentence, evidence)",
    ),
    "orders_bulkrequest": Rights(f"{ADD}, UPDATE (results)", NONE),
    "claims_reward": Rights(EDIT, f"{READ}, UPDATE (taken)"),
    "claims_claim": Rights(ADD, f"{ADD}, UPDATE (token_ids)"),
    "claims_allowance": Rights(EDIT, f"{ADD}, UPDATE (taken, updated)"),
    "claims_leftover": Rights(f"{ADD}, {_READ_AGAIN}, UPDATE (value, found)", f"{ADD}, {_READ_AGAIN}, UPDATE (value, found)"),
    "withdrawals_pool": Rights(EDIT, READ),
    "withdrawals_withdrawal": Rights(ADD, f"{READ}, UPDATE (withdrawal_id, paid_amount)"),
    "stakes_stakingcontract": Rights(EDIT, READ),
    "stakes_stake": Rights(ADD, ADD),
    "stakes_streammessage": Rights(f"{READ}, {_READ_AGAIN}, UPDATE (fields)", f"{ADD}, UPDATE (told)"),
    "mints_press": Rights(EDIT, READ),
    "mints_collection": Rights(EDIT, f"{READ}, UPDATE (images_cid, metadata_cid, warnings)"),
    "mints_asset": Rights(ADD, READ),
    "mints_item": Rights(ADD, f"{READ}, UPDATE (token_ids, tree, leaf_index, leaf_hash, asset_id)"),
    "mints_mintjob": Rights(f"{ADD}, {_JOB}", f"{READ}, {_JOB}"),
    # -- tasks: a row here is code that a worker runs
    "django_q_schedule": Rights(READ, EDIT),
    "django_q_task": Rights(READ, EDIT),
    "django_q_ormq": Rights(READ, EDIT),
    # -- staff
    "auth_user": Rights(EDIT, NONE),
    "auth_group": Rights(EDIT, NONE),
    "auth_permission": Rights(READ, NONE),
    "auth_user_groups": Rights(EDIT, NONE),
    "auth_user_user_permissions": Rights(EDIT, NONE),
    "auth_group_permissions": Rights(EDIT, NONE),
    "django_session": Rights(EDIT, NONE),
    "django_admin_log": Rights(ADD, NONE),
    "django_content_type": Rights(READ, READ),
    "desk_loginfailure": Rights(EDIT, NONE),
    # -- Django's own
    "django_migrations": Rights(READ, READ),
    "cache": Rights(EDIT, EDIT),
}


def tables() -> set[str]:
    """All tables this installation has: of models, of their many-to-many relations, and those without a model."""
    models = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if not model._meta.proxy}
    cache = {str(settings.CACHES["default"]["LOCATION"])} if not settings.REDIS_URL else set()
    return models | cache | {"django_migrations"}


def statements(prefix: str) -> Iterator[sql.Composable]:
    """The SQL that makes the roles PREFIX_web and PREFIX_worker and gives each exactly its rights, whatever it had before."""
    database = sql.Identifier(connection.settings_dict["NAME"])
    for process in ("web", "worker"):
        role = sql.Identifier(f"{prefix}_{process}")
        yield _create(f"{prefix}_{process}")
        yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role)
        yield sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role)
        yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role)
        yield sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role)
        for table in sorted(tables()):
            rights = getattr(RIGHTS.get(table, Rights(NONE, NONE)), process)
            if rights:
                yield sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), sql.Identifier(table), role)
    yield sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def _create(name: str) -> sql.Composed:
    """PostgreSQL has no CREATE ROLE IF NOT EXISTS. Roles belong to the whole server, and so outlive a database."""
    return sql.SQL(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {}) THEN CREATE ROLE {} NOLOGIN; END IF; END $$"
    ).format(sql.Literal(name), sql.Identifier(name))
