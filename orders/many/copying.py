"""Many new rows of one table by PostgreSQL's COPY: the same checks and triggers as INSERT, at a fraction of the work."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model
from django.db.models.expressions import DatabaseDefault
from psycopg import sql


def copy_in(rows: Sequence[Model]) -> None:
    """Add these rows, in their order. Ids that the database makes are not read back. Raises what an INSERT would raise."""
    if not rows:
        return
    fields = [field for field in rows[0]._meta.concrete_fields if _is_set(field, rows[0])]
    columns = sql.SQL(", ").join([sql.Identifier(str(field.column)) for field in fields])
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(rows[0]._meta.db_table), columns)
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields])


def _is_set(field: "Field[Any, Any]", row: Model) -> bool:
    """Whether the rows bring a value. All of them bring the same ones."""
    value = getattr(row, field.attname)
    return not isinstance(value, DatabaseDefault) and not (field.primary_key and value is None)
