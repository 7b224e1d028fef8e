"""Everybody sees what audits found."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from desk.roles import create_roles


def create(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_roles"), ("orders", "0004_audit")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
