"""Everybody sees what minters signed for their sponsors."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from desk.roles import create_roles


def create(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("desk", "0005_redis_intakes"), ("chain", "0007_sponsor")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
