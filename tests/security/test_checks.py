"""Dangerous settings are found before anything runs."""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management.base import SystemCheckError
from django.db import connection

from desk import checks
from orders.management.commands.work import Command as Work

PROJECT = Path(__file__).parents[2]
DEPLOYED = {
    "DEBUG": "false", "DATABASE_URL": "postgres://claimdesk@database.invalid/claimdesk", "ALLOWED_HOSTS": "claimdesk.invalid",
    "SECRET_KEY": secrets.token_urlsafe(64), "DJANGO_SETTINGS_MODULE": "config.settings",
}  # fmt: skip


def check(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` as on a server, where nothing of this shell is set."""
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "manage.py", "check", *arguments]
    return subprocess.run(command, cwd=PROJECT, env={**clean, **DEPLOYED, **env}, capture_output=True, text=True, check=False)


def test_an_installation_as_documented_is_clean() -> None:
    done = check("--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("env", "found"),
    [
        ({"DEBUG": "true"}, "claimdesk.E001"),
        ({"ALLOWED_PRIVATE_HOSTS": "10.0.0.1/8"}, "claimdesk.E003"),
        ({"ALLOWED_PRIVATE_HOSTS": "0.0.0.0/0"}, "claimdesk.W001"),
        ({"MNEMONIC": "test test junk"}, "claimdesk.W002"),
        ({"PROCESSOR_MNEMONIC": "test test junk"}, "claimdesk.W002"),
        ({"HTTPS": "false"}, "security.W008"),
        ({"SECRET_KEY": "short"}, "security.W009"),
        ({"SECRET_KEY_FALLBACKS": "short"}, "security.W025"),
    ],
)
def test_a_dangerous_setting_is_named(env: dict[str, str], found: str) -> None:
    done = check("--deploy", "--fail-level", "WARNING", **env)
    assert done.returncode == 1
    assert found in done.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY"])
def test_a_missing_secret_stops_the_start(name: str) -> None:
    done = check(**{name: ""})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"set {name}" in done.stderr


@pytest.mark.parametrize(
    ("env", "secret"),
    [
        ({"DATABASE_URL": "postgres://u:hunter2/rest@database.invalid/c"}, "hunter2"),
        ({"DATABASE_URL": "mysql://u:hunter2@database.invalid/c"}, "hunter2"),
        ({"DATABASE_URL": "postgres://u:hunter2[@database.invalid/c"}, "hunter2"),
        ({"REDIS_URL": "redis://:hunter2/rest@redis.invalid/0"}, "hunter2"),
        ({"REDIS_URL": "hunter2"}, "hunter2"),
    ],
)
def test_a_url_that_cannot_be_read_is_not_quoted(env: dict[str, str], secret: str) -> None:
    done = check(**env)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"{next(iter(env))} must look like" in done.stderr
    assert secret not in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["synchronous_commit"])
def test_a_database_that_forgets_is_found_by_the_worker(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {name} = off")
    assert [message.id for message in checks.the_database_remembers(["default"])] == ["claimdesk.E002"]
    work = Work()
    with pytest.raises(SystemCheckError, match="runs with synchronous_commit = off"):
        work.check(**work.get_check_kwargs({}))


@pytest.mark.django_db
def test_a_database_that_remembers_is_fine() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
    assert checks.the_database_remembers(["default"]) == []
    assert checks.the_database_remembers() == []


@pytest.mark.django_db
def test_the_owner_of_the_server_should_not_serve_requests(settings: Any) -> None:
    settings.LOCAL = False
    assert [message.id for message in checks.processes_have_roles_of_their_own(["default"])] == ["claimdesk.W003"]
    settings.LOCAL = True
    assert checks.processes_have_roles_of_their_own(["default"]) == []


@pytest.mark.parametrize(
    "over",
    [
        {"SESSION_SERIALIZER": "django.contrib.sessions.serializers.PickleSerializer"},
        {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://x"}}},
        {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}},
    ],
)
def test_pickles_are_found(over: dict[str, Any], settings: Any) -> None:
    for name, value in over.items():
        setattr(settings, name, value)
    assert [message.id for message in checks.nothing_is_pickled()] == ["claimdesk.E004"]


def test_these_checks_are_among_djangos() -> None:
    assert "claimdesk.E004" not in [message.id for message in run_checks()]
    assert {checks.nothing_is_pickled, checks.debug_is_for_ones_own_machine} <= set(_registered())


def _registered() -> Any:
    from django.core.checks.registry import registry  # noqa: PLC0415 - next to its only use

    return registry.registered_checks
