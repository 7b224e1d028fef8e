"""Yesterday's backup of the database, within one test's transaction: take it, go on, and restore it."""

from django.apps import apps
from django.db import connection

OURS = ("chain", "orders", "claims", "withdrawals", "stakes", "mints")


class Backup:
    """The rows of all our tables as they were when this was made."""

    def __init__(self) -> None:
        self.tables = [model._meta.db_table for app in OURS for model in apps.get_app_config(app).get_models()]
        for table in self.tables:
            _execute(f"CREATE TEMPORARY TABLE kept_{table} ON COMMIT DROP AS TABLE {table}")

    def restore(self) -> None:
        """Everything since is gone. The database's own guards are not asked, as in a real restore."""
        _execute("SET CONSTRAINTS ALL IMMEDIATE")
        _execute("SET LOCAL session_replication_role = replica")
        for table in self.tables:
            _execute(f"DELETE FROM {table}")  # noqa: S608 - a name from our own models
            _execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608
        _execute("SET LOCAL session_replication_role = DEFAULT")
        _execute("SET CONSTRAINTS ALL DEFERRED")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
