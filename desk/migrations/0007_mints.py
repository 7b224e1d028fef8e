"""Everybody sees collections and their jobs; administrators configure presses."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from desk.roles import create_roles


def create(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("desk", "0006_requests"), ("mints", "0002_guards")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
