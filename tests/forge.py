"""Writing what the database itself refuses: rows as a bug, a hand at psql, or a half restored backup would leave them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model


@contextmanager
def unguarded() -> Iterator[None]:
    """Triggers and foreign keys are off; CHECK constraints still hold."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def forge(row: Model | type[Model], pk: UUID | int | str | None = None, **values: Any) -> None:
    """Set columns of a row past every guard."""
    model = row if isinstance(row, type) else type(row)
    with unguarded():
        model._default_manager.filter(pk=pk if pk is not None else row.pk).update(**values)


def erase(row: Model) -> None:
    """Remove a row, and nothing that refers to it."""
    with unguarded(), connection.cursor() as cursor:
        meta = row._meta
        assert meta.pk is not None
        cursor.execute(f"DELETE FROM {meta.db_table} WHERE {meta.pk.column} = %s", [row.pk])  # noqa: S608 - names from the model
