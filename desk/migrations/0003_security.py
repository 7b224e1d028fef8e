"""Wrong passwords are counted; changes of staff, their roles and the schedules go into the trail, and what the admin logs as well."""

import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from desk.roles import create_roles

# (table, columns left out, columns of which a fingerprint is kept)
TABLES = [
    ("auth_user", "last_login", "password"),
    ("auth_group", "", ""),
    ("auth_user_groups", "", ""),
    ("auth_user_user_permissions", "", ""),
    ("auth_group_permissions", "", ""),
    ("django_q_schedule", "next_run,task", ""),
]

LOG = """
CREATE FUNCTION desk_trail_log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    who text; what text;
BEGIN
    SELECT 'staff:' || username INTO who FROM auth_user WHERE id = NEW.user_id;
    SELECT app_label || '_' || model INTO what FROM django_content_type WHERE id = NEW.content_type_id;
    PERFORM chain_trail_write(
        who, 'admin', coalesce(what, ''), NEW.object_id, NULL,
        jsonb_build_object('object', NEW.object_repr, 'flag', NEW.action_flag, 'message', NEW.change_message), ''
    );
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER desk_trail_log AFTER INSERT ON django_admin_log DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION desk_trail_log();
"""

FORWARDS = LOG + "".join(
    f"CREATE CONSTRAINT TRIGGER {table}_trail AFTER INSERT OR UPDATE OR DELETE ON {table} DEFERRABLE INITIALLY DEFERRED "
    f"FOR EACH ROW EXECUTE FUNCTION chain_trail_record('{hidden}', '{secret}');\n"
    for table, hidden, secret in TABLES
)
BACKWARDS = (
    "DROP TRIGGER desk_trail_log ON django_admin_log; DROP FUNCTION desk_trail_log;"
    + "".join(f"DROP TRIGGER {table}_trail ON {table};\n" for table, *_ in TABLES)
)  # fmt: skip


def roles(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0002_audit"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("django_q", "0018_task_success_index"),
        ("chain", "0004_security"),
    ]
    operations = [
        migrations.CreateModel(
            name="LoginFailure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("username", models.CharField(blank=True, max_length=150)),
                ("ip", models.CharField(max_length=45, verbose_name="from")),
                ("failures", models.PositiveIntegerField(default=1)),
                ("last_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True)),
            ],
            options={
                "verbose_name": "failed log-in",
                "ordering": ["-last_at"],
                "constraints": [models.UniqueConstraint(fields=("username", "ip"), name="login_failure_once")],
            },
        ),
        # No deferred trigger may be pending on a table that is altered: roles first.
        migrations.RunPython(roles, migrations.RunPython.noop),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
