from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from desk.roles import create_roles


def create(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("django_q", "0018_task_success_index"),
        ("chain", "0001_initial"),
        ("orders", "0001_initial"),
        ("claims", "0001_initial"),
        ("withdrawals", "0001_initial"),
    ]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
